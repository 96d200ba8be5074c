package io.polylog.protocol.webhook;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.polylog.broker.BrokerException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The connections of one webhook. Each request has one of its own while it is under way; those
/// that stay open are used again. A name is looked up for each connection, its addresses are
/// checked, and the connection goes to the one that was checked: what the name means a moment later
/// does not matter. On its webhook's loop.
final class Poster implements PostConnection.Listener {
    private static final long TICK_MS = 50;
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final int MOST_LINE_BYTES = 8 << 10;
    private static final int MOST_HEAD_BYTES = 32 << 10;
    private static final int CHUNK_BYTES = 8 << 10;

    private final Tools tools;
    private final EventExecutor loop;
    private final Target target;
    private final LetterWriter writer;
    private final int timeoutMs;
    private final Deque<PostConnection> idle = new ArrayDeque<>();
    private final Set<Exchange> underWay = new HashSet<>();
    private @Nullable Future<?> ticks;
    private boolean closed;

    Poster(Tools tools, EventExecutor loop, Definition webhook) {
        this.tools = tools;
        this.loop = loop;
        target = Target.of(webhook.terms().url());
        writer = new LetterWriter(webhook, target);
        timeoutMs = webhook.terms().timeoutMs();
    }

    LetterWriter writer() {
        return writer;
    }

    /// Requests under way.
    int underWay() {
        return underWay.size();
    }

    /// Sends one. The listener is told once, always later.
    void post(Letter letter, Consumer<Outcome> listener) {
        Exchange exchange = new Exchange(letter, tools.nanos().getAsLong(), listener);
        underWay.add(exchange);
        post(exchange);
        tickWhileNeeded();
    }

    private void post(Exchange exchange) {
        PostConnection open = idle.pollFirst();
        while (open != null && !open.isOpen()) {
            open = idle.pollFirst();
        }
        if (open == null) {
            dial(exchange);
        } else {
            send(exchange, open);
        }
    }

    private void send(Exchange exchange, PostConnection to) {
        exchange.connection = to;
        to.post(
                exchange,
                writer.request(
                        PooledByteBufAllocator.DEFAULT,
                        exchange.letter,
                        tools.wallMs().getAsLong()));
    }

    // A connection ----------------------------------------------------------------------------

    private void dial(Exchange exchange) {
        tools.resolver()
                .resolve(target.host())
                .whenCompleteAsync(
                        (addresses, failed) -> {
                            if (exchange.isOver()) {
                                return;
                            }
                            if (failed == null) {
                                connect(exchange, addresses);
                            } else {
                                Throwable why = BrokerException.reason(failed);
                                end(exchange, new Outcome.Failed(OneLine.of(why)));
                            }
                        },
                        loop);
    }

    private void connect(Exchange exchange, List<InetAddress> addresses) {
        for (InetAddress address : addresses) {
            if (tools.guard().allows(target.host(), address)) {
                connect(exchange, address);
                return;
            }
        }
        String why =
                addresses.isEmpty()
                        ? target.host() + " has no address"
                        : "%s is %s, a private address (webhooks.private_hosts)"
                                .formatted(target.host(), addresses.getFirst().getHostAddress());
        end(exchange, new Outcome.Failed(why));
    }

    private void connect(Exchange exchange, InetAddress checked) {
        List<PostConnection> made = new ArrayList<>(1);
        ChannelInitializer<Channel> first =
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        made.add(fill(channel));
                    }
                };
        InetSocketAddress to = new InetSocketAddress(checked, target.port());
        tools.dial()
                .connect(loop, to, timeoutMs, first)
                .addListener(connecting -> {
                    Throwable cause = connecting.cause();
                    if (cause != null) {
                        end(exchange, new Outcome.Failed(OneLine.of(cause)));
                    } else if (exchange.isOver() || closed) {
                        made.getFirst().close();
                    } else {
                        send(exchange, made.getFirst());
                    }
                });
    }

    private PostConnection fill(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        if (target.secure()) {
            SslContext tls = tools.tls().get();
            pipeline.addLast(tls.newHandler(channel.alloc(), target.host(), target.port()));
        }
        PostConnection connection = new PostConnection(channel, this);
        pipeline.addLast(connection.gauge());
        pipeline.addLast(
                new HttpResponseDecoder(
                        new HttpDecoderConfig()
                                .setMaxInitialLineLength(MOST_LINE_BYTES)
                                .setMaxHeaderSize(MOST_HEAD_BYTES)
                                .setMaxChunkSize(CHUNK_BYTES)));
        pipeline.addLast(connection);
        return connection;
    }

    // What becomes of it ----------------------------------------------------------------------

    private void end(Exchange exchange, Outcome how) {
        if (underWay.remove(exchange)) {
            exchange.end(how);
        }
    }

    @Override
    public void free(PostConnection connection) {
        if (closed) {
            connection.close();
        } else {
            connection.idle(tools.nanos().getAsLong());
            idle.addFirst(connection);
        }
    }

    @Override
    public void closed(PostConnection connection) {
        idle.remove(connection);
    }

    @Override
    public void answered(Exchange exchange, int status, String text, @Nullable String retryAfter) {
        long waitMs = RetryAfter.ms(retryAfter, tools.wallMs().getAsLong());
        end(exchange, new Outcome.Answered(status, text, waitMs));
    }

    @Override
    public void failed(Exchange exchange, String why, boolean stale) {
        exchange.connection = null;
        if (stale && !closed && underWay.contains(exchange)) {
            dial(exchange);
        } else {
            end(exchange, new Outcome.Failed(why));
        }
    }

    // Time ------------------------------------------------------------------------------------

    private void tickWhileNeeded() {
        if (ticks == null && !closed) {
            ticks = loop.scheduleAtFixedRate(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void tick() {
        long now = tools.nanos().getAsLong();
        long most = TimeUnit.MILLISECONDS.toNanos(timeoutMs);
        for (Exchange each : List.copyOf(underWay)) {
            if (now - each.startNanos > most) {
                expire(each);
            }
        }
        PostConnection oldest = idle.peekLast();
        if (oldest != null && now - oldest.idleSinceNanos() > IDLE_NANOS) {
            oldest.close();
        }
        Future<?> running = ticks;
        if (running != null && underWay.isEmpty() && idle.isEmpty()) {
            running.cancel(false);
            ticks = null;
        }
    }

    private void expire(Exchange exchange) {
        String why = "no answer within " + timeoutMs + " ms";
        PostConnection connection = exchange.connection;
        if (connection == null) {
            end(exchange, new Outcome.Failed(why));
        } else {
            connection.expire(why);
        }
    }

    /// Ends all of it; who waits for an answer hears nothing any more.
    void close() {
        closed = true;
        for (Exchange each : List.copyOf(underWay)) {
            underWay.remove(each);
            PostConnection connection = each.connection;
            if (connection != null) {
                connection.close();
            }
        }
        List.copyOf(idle).forEach(PostConnection::close);
        if (ticks != null) {
            ticks.cancel(false);
            ticks = null;
        }
    }
}
