package io.polylog.protocol.nats;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.net.ConnectionGuard;
import io.polylog.net.ConnectionInfo.Peer;
import io.polylog.net.Connections;
import io.polylog.net.Farewell;
import io.polylog.net.Listener;
import io.polylog.net.LoopTasks;
import io.polylog.net.Output;
import io.polylog.net.ReadGate;
import io.polylog.net.ReadGate.Reason;
import io.polylog.net.WebSocketProtocol;
import io.polylog.security.Principal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's socket: commands in, one write out a turn. What a command means to who is logged in
/// is [OpenNats]' to say. A client that need not log in may leave CONNECT out, as with nats-server.
/// Everything runs on the connection's event loop.
final class NatsConnection extends ChannelInboundHandlerAdapter implements NatsReader.Commands {
    private static final Logger log = LoggerFactory.getLogger(NatsConnection.class);

    private final NatsNode node;
    private final NatsReader reader;
    private final Pings pings;
    private final Traffic traffic = new Traffic();
    private long sinceMs;
    private long lastMs;
    private ConnectOptions options = ConnectOptions.FIRST;
    private Step step = Step.NEW;
    private boolean greeted;
    private boolean ponged;
    private @Nullable OpenNats open;

    /// What came and was not read, while the client logs in.
    private @Nullable ByteBuf rest;

    // Set by handlerAdded, before anything else is called.
    private @Nullable ChannelHandlerContext context;
    private @Nullable Output output;
    private @Nullable ReadGate gate;
    private @Nullable ServerInfo info;

    /// How far it has come.
    private enum Step {
        NEW,
        LOGGING_IN,
        OPEN,
        /// The broker goes down: what was sent before is still decided.
        LEAVING,
        ENDED
    }

    NatsConnection(NatsNode node) {
        this.node = node;
        NatsSettings settings = node.seams().settings();
        reader = new NatsReader(settings.payloadBytes());
        pings = new Pings(settings.pingsOut(), this::ask, this::stale);
    }

    NatsNode node() {
        return node;
    }

    Output output() {
        return Objects.requireNonNull(output);
    }

    ReadGate gate() {
        return Objects.requireNonNull(gate);
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    private ServerInfo info() {
        return Objects.requireNonNull(info);
    }

    LoopTasks tasks() {
        return LoopTasks.of(context().channel());
    }

    /// Runs a task on the loop after a time in milliseconds.
    Future<?> later(long delayMs, Runnable task) {
        return context().executor().schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    /// Its number, of this server's since its start.
    long client() {
        return info().client();
    }

    Traffic traffic() {
        return traffic;
    }

    boolean isEnded() {
        return step == Step.ENDED;
    }

    // Bytes in -----------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        output = new Output(added, this::turn);
        gate = new ReadGate(added.channel());
        if (added.channel().isActive()) {
            greet();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext active) {
        greet();
        active.fireChannelActive();
    }

    private void greet() {
        if (!greeted) {
            greeted = true;
            sinceMs = node.seams().wallMs().getAsLong();
            lastMs = sinceMs;
            info = new ServerInfo(node, node.clients().come(this), context().channel());
            NatsWriter.info(output().buffer(), info().first());
            output().flush();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        ByteBuf in = (ByteBuf) message;
        pings.heard();
        lastMs = node.seams().wallMs().getAsLong();
        if (rest != null) {
            rest = Unpooled.wrappedBuffer(rest, in);
        } else {
            read(in);
        }
    }

    private void read(ByteBuf in) {
        try {
            reader.read(in, this);
        } catch (NatsException wrong) {
            fail(wrong);
        }
        if (in.isReadable() && step == Step.LOGGING_IN) {
            rest = in;
        } else {
            in.release();
        }
    }

    @Override
    public boolean takesMore() {
        return step == Step.NEW || step == Step.OPEN;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext reading) {
        turn();
    }

    /// The end of a read or of a round of answers: everything collected goes on its way.
    private void turn() {
        if (open != null && step != Step.ENDED) {
            open.turn();
        }
        output().flush();
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (open != null && output().writable()) {
            open.subscriptions().outgoing().resume();
        }
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
        changed.fireChannelWritabilityChanged();
    }

    // Commands -----------------------------------------------------------------------------------

    /// Who is logged in; who need not log in is, from his first command on.
    private OpenNats open() {
        OpenNats there = open;
        if (there != null) {
            return there;
        }
        if (node.seams().loginNeeded()) {
            throw NatsException.told(NatsException.NOT_AUTHORIZED);
        }
        Login nobody = Login.of(options.credentials());
        return loggedIn(nobody, Principal.ANONYMOUS);
    }

    @Override
    public void publish(NatsReader message, ByteBuf content) {
        open().publishing().publish(message, content);
    }

    @Override
    public void subscribe(String subject, @Nullable String queue, String sid) {
        OpenNats here = open();
        here.publishing().handOver();
        here.answer(here.subscriptions().add(subject, queue, sid));
    }

    @Override
    public void unsubscribe(String sid, int most) {
        OpenNats here = open();
        here.publishing().handOver();
        Runnable rest = here.subscriptions().end(sid, most);
        here.publishing().whenAllDecided(() -> tasks().post(rest));
        here.answer(null);
    }

    /// Answers when everything that was published before is decided, and what it made the client
    /// itself hear was sent.
    @Override
    public void ping() {
        OpenNats here = open();
        here.publishing().whenAllDecided(() -> tasks().post(here.subscriptions().outgoing()::pong));
    }

    /// Answers a PING now; behind the first answer comes what the client is connected to.
    void writePong() {
        NatsWriter.pong(output().buffer());
        if (!ponged && options.protocol() > 0) {
            NatsWriter.info(output().buffer(), info().connected(open().namespace()));
        }
        ponged = true;
    }

    @Override
    public void pong() {
        open();
        pings.answered();
    }

    // Logging in ---------------------------------------------------------------------------------

    @Override
    public void connect(String json) {
        options = options.with(json);
        Login login = Login.of(options.credentials());
        if (open != null) {
            open.end("its client logged in anew");
            open = null;
        }
        step = Step.LOGGING_IN;
        gate().set(Reason.WAITING_REQUESTS, true);
        login.check(node.seams().authenticator())
                .exceptionally(_ -> Optional.empty())
                .thenAccept(found -> tasks().post(() -> checked(login, found)));
    }

    private void checked(Login login, Optional<Principal> found) {
        if (step != Step.LOGGING_IN) {
            return;
        }
        gate().set(Reason.WAITING_REQUESTS, false);
        boolean known =
                found.isPresent()
                        && node.seams().broker().definitions().namespaceExists(login.namespace());
        if (!known) {
            fail(NatsException.told(NatsException.NOT_AUTHORIZED));
        } else if (options.protocol() < 0 || options.protocol() > 1) {
            fail(NatsException.told(NatsException.BAD_PROTOCOL));
        } else if (options.noResponders() && !options.headers()) {
            fail(NatsException.told(NatsException.NEEDS_HEADERS));
        } else {
            loggedIn(login, found.get()).answer(null);
        }
        ByteBuf kept = rest;
        rest = null;
        if (kept != null) {
            read(kept);
        }
        turn();
    }

    private OpenNats loggedIn(Login login, Principal principal) {
        Session session = node.seams().broker().session(principal, Mailbox.of(tasks()));
        ConnectionGuard.passed(context().channel());
        Connections.introduce(
                context().channel(),
                new Peer(principal.name(), login.namespace(), options.library().name()));
        pings.start(context().executor(), node.seams().settings().pingMs());
        step = Step.OPEN;
        open = new OpenNats(this, session, principal, login.namespace(), options);
        return open;
    }

    // The end ------------------------------------------------------------------------------------

    private void ask() {
        NatsWriter.ping(output().buffer());
    }

    private void stale() {
        fail(NatsException.told(NatsException.STALE));
    }

    /// Says why the connection ends, where nats-server does, and ends it.
    void fail(NatsException error) {
        if (step == Step.ENDED) {
            return;
        }
        log.info("{}: {}", context().channel().remoteAddress(), printable(error.text()));
        end();
        if (error.isTold()) {
            NatsWriter.error(output().buffer(), error.text());
        }
        output().flush();
        Farewell.close(context());
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    private void end() {
        if (open != null && step != Step.ENDED) {
            open.turn();
            step = Step.ENDED;
            open.end("connection " + context().channel().remoteAddress() + " ended");
        }
        step = Step.ENDED;
        if (info != null) {
            node.clients().gone(info.client(), traffic.sums());
        }
        pings.stop();
        if (rest != null) {
            rest.release();
            rest = null;
        }
    }

    /// Tells what it does, from any thread; nothing when it has ended.
    CompletableFuture<List<ClientReport>> report() {
        CompletableFuture<List<ClientReport>> told = new CompletableFuture<>();
        tasks().post(() -> told.complete(reported()));
        return told;
    }

    private List<ClientReport> reported() {
        if (step == Step.ENDED
                || !(context().channel().remoteAddress() instanceof InetSocketAddress remote)) {
            return List.of();
        }
        OpenNats there = open;
        return List.of(
                new ClientReport(
                        info().client(),
                        WebSocketProtocol.serves(context().channel()),
                        remote,
                        new ClientReport.Times(sinceMs, lastMs),
                        there == null ? "" : there.principal().name(),
                        there == null ? "" : there.namespace(),
                        options.library(),
                        traffic.sums(),
                        context().channel().unsafe().outboundBuffer().totalPendingWriteBytes(),
                        there == null ? List.of() : there.subscriptions().subjects()));
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        end();
        output().close();
        inactive.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (event == Listener.Stopping.STOPPING) {
            leave(() -> NatsWriter.info(output().buffer(), info().lameDuck()));
        } else if (event instanceof Connections.Close(String reason)) {
            leave(() -> NatsWriter.error(output().buffer(), printable(reason).replace('\'', '"')));
        } else {
            triggered.fireUserEventTriggered(event);
        }
    }

    /// The broker goes down, or an operator wants it: what was sent is decided first.
    ///
    /// @param lastWord writes what is said
    private void leave(Runnable lastWord) {
        if (step != Step.OPEN || open == null) {
            context().close();
            return;
        }
        step = Step.LEAVING;
        open.publishing().whenAllDecided(() -> tasks().post(() -> left(lastWord)));
    }

    private void left(Runnable lastWord) {
        if (step == Step.LEAVING) {
            lastWord.run();
            end();
            output().flush();
            Farewell.close(context());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        if (cause instanceof IOException) {
            caught.close(); // the peer is gone
            return;
        }
        log.error("connection failed", cause);
        fail(NatsException.silent("internal error"));
    }
}
