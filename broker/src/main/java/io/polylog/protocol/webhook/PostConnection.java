package io.polylog.protocol.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/// A connection to a receiver: one request at a time, and its answer. It takes at most
/// [#MOST_ANSWER_BYTES] of an answer and keeps [#MOST_TEXT_BYTES]; what is longer ends the
/// connection, and counts by its status. On its loop.
final class PostConnection extends ChannelInboundHandlerAdapter {
    /// Of an answer, its head included.
    static final int MOST_ANSWER_BYTES = 64 << 10;

    /// Of a body that is kept.
    static final int MOST_TEXT_BYTES = 1 << 10;

    private static final int MOST_INFORMATIONAL = 199;
    private static final int SWITCHING = 101;

    private final Channel channel;
    private final Listener owner;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream(64);
    private @Nullable Exchange exchange;
    private @Nullable HttpResponse answer;
    private int posts;
    private long answerBytes;
    private long idleSinceNanos;

    /// Hears what becomes of connections and requests.
    interface Listener {
        /// A request is over, and the connection can take another one.
        void free(PostConnection connection);

        /// It is closed.
        void closed(PostConnection connection);

        /// How a request ended.
        ///
        /// @param retryAfter what the header says, or null
        void answered(Exchange exchange, int status, String text, @Nullable String retryAfter);

        /// A request has no answer.
        ///
        /// @param stale whether it went on a connection that its receiver had closed meanwhile
        void failed(Exchange exchange, String why, boolean stale);
    }

    PostConnection(Channel channel, Listener owner) {
        this.channel = channel;
        this.owner = owner;
    }

    /// Counts what arrives, before anything is made of it.
    ChannelInboundHandlerAdapter gauge() {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                answerBytes += ((ByteBuf) message).readableBytes();
                if (exchange == null || answerBytes > MOST_ANSWER_BYTES) {
                    ReferenceCountUtil.release(message);
                    tooMuch();
                } else {
                    context.fireChannelRead(message);
                }
            }
        };
    }

    private void tooMuch() {
        if (exchange != null && answer == null) {
            fail("an answer whose head is larger than " + MOST_ANSWER_BYTES + " bytes", false);
        } else if (exchange != null) {
            answer(false);
        }
        channel.close();
    }

    boolean isOpen() {
        return channel.isActive();
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    void idle(long nowNanos) {
        idleSinceNanos = nowNanos;
    }

    void close() {
        channel.close();
    }

    /// Sends a request; only while there is none.
    void post(Exchange next, ByteBuf request) {
        exchange = next;
        answer = null;
        answerBytes = 0;
        text.reset();
        posts++;
        channel.writeAndFlush(request)
                .addListener(sent -> {
                    Throwable cause = sent.cause();
                    if (cause != null && next.equals(exchange)) {
                        failed(cause);
                    }
                });
    }

    /// Gives up on a request. What has a status counts by it.
    void expire(String why) {
        if (answer == null) {
            fail(why, false);
        } else {
            answer(false);
        }
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
                failed(part.decoderResult().cause());
                return;
            }
            if (message instanceof HttpResponse head) {
                answer = isFinal(head) ? head : null;
            }
            if (answer != null && message instanceof HttpContent content) {
                keep(content.content());
                if (content instanceof LastHttpContent) {
                    answer(HttpUtil.isKeepAlive(answer) && !isSwitching(answer));
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private static boolean isFinal(HttpResponse head) {
        return head.status().code() > MOST_INFORMATIONAL || isSwitching(head);
    }

    /// Nobody asked for another protocol.
    private static boolean isSwitching(HttpResponse head) {
        return head.status().code() == SWITCHING;
    }

    private void keep(ByteBuf part) {
        int most = Math.min(part.readableBytes(), MOST_TEXT_BYTES - text.size());
        for (int i = 0; i < most; i++) {
            text.write(part.getByte(part.readerIndex() + i));
        }
    }

    private void answer(boolean staysOpen) {
        Exchange done = exchange;
        HttpResponse head = answer;
        exchange = null;
        answer = null;
        if (done == null || head == null) {
            return;
        }
        if (staysOpen) {
            owner.free(this);
        } else {
            channel.close();
        }
        owner.answered(
                done,
                head.status().code(),
                OneLine.of(text.toString(UTF_8)),
                head.headers().get(HttpHeaderNames.RETRY_AFTER));
    }

    /// @param closed whether because the connection ended
    private void fail(String why, boolean closed) {
        Exchange lost = exchange;
        boolean stale = closed && posts > 1 && answerBytes == 0;
        exchange = null;
        answer = null;
        if (lost != null) {
            owner.failed(lost, why, stale);
        }
    }

    private void failed(Throwable cause) {
        fail(OneLine.of(cause), true);
        channel.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        failed(cause);
    }

    /// An answer without a length ends with its connection, and has come to its end before this.
    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (answer != null) {
            answer(false);
        }
        fail("the receiver closed the connection without an answer", true);
        owner.closed(this);
    }
}
