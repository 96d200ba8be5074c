package io.polylog.protocol.kafka;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.net.ConnectionGuard;
import io.polylog.net.ConnectionInfo.Peer;
import io.polylog.net.Connections;
import io.polylog.net.Listener;
import io.polylog.net.LoopTasks;
import io.polylog.protocol.kafka.KafkaCodec.MalformedFrame;
import io.polylog.security.Principal;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client: reads its requests, starts them in order, writes the answers in the same order. All
/// on the connection's loop.
///
/// Requests run side by side, except that a fetch starts only when everything before it is answered
/// and the socket takes data: so a client that does not read holds one answer, not many. Reading
/// pauses while too much is unanswered.
final class KafkaConnection extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(KafkaConnection.class);

    private static final int MOST_UNANSWERED = 128;
    private static final int MOST_UNANSWERED_BYTES = 8 * 1024 * 1024;

    private final KafkaNode node;
    private final ArrayDeque<KafkaRequest> unanswered = new ArrayDeque<>();
    private final ArrayDeque<KafkaRequest> waiting = new ArrayDeque<>();
    private final PartitionReaders readers = new PartitionReaders(this);
    private int unansweredBytes;
    private boolean trusted;
    private boolean stopping;
    private boolean settling;
    private boolean settleAsked;

    private @Nullable Wire wire;

    /// What there is once the connection is on its loop.
    private record Wire(Channel channel, LoopTasks tasks, KafkaCodec codec, Session session) {}

    KafkaConnection(KafkaNode node) {
        this.node = node;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        Channel channel = context.channel();
        LoopTasks tasks = LoopTasks.of(channel);
        wire =
                new Wire(
                        channel,
                        tasks,
                        new KafkaCodec(channel.alloc(), node.settings().maxRequestBytes()),
                        node.broker().session(Principal.ANONYMOUS, Mailbox.of(tasks)));
    }

    KafkaNode node() {
        return node;
    }

    Session session() {
        return wire().session;
    }

    Channel channel() {
        return wire().channel;
    }

    PartitionReaders readers() {
        return readers;
    }

    /// Runs a task on the connection's loop soon. Any thread.
    void post(Runnable task) {
        wire().tasks.post(task);
    }

    void close() {
        wire().channel.close();
    }

    boolean stopping() {
        return stopping;
    }

    private Wire wire() {
        if (wire == null) {
            throw new IllegalStateException("not connected yet");
        }
        return wire;
    }

    // Reading ----------------------------------------------------------------------------------

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            wire().codec.feed((ByteBuf) message, this::frame);
        } catch (MalformedFrame | OutOfMemoryError e) {
            log.debug("closing {}: {}", context.channel().remoteAddress(), e.getMessage());
            context.close();
        }
    }

    private void frame(ByteBuf bytes) {
        KafkaRequest request;
        try {
            request = new KafkaRequest(this, KafkaFrame.parse(bytes));
        } catch (MalformedFrame e) {
            bytes.release();
            throw e;
        }
        if (!trusted) {
            trusted = true;
            wire().codec.trust();
            ConnectionGuard.passed(wire().channel);
            Connections.introduce(wire().channel, new Peer("", "", request.clientId()));
        }
        unanswered.add(request);
        waiting.add(request);
        unansweredBytes += request.sizeBytes();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        settle();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        settle();
    }

    // Answering --------------------------------------------------------------------------------

    /// A request was answered: what can be written is written once this round of the loop is over.
    void answered() {
        if (!settling && !settleAsked) {
            settleAsked = true;
            wire().tasks.endOfRound(this::settle);
        }
    }

    /// Starts what may start and writes what may be written, until nothing moves any more.
    private void settle() {
        settleAsked = false;
        if (settling || !wire().channel.isActive()) {
            return;
        }
        settling = true;
        try {
            move();
        } catch (RuntimeException e) {
            log.error("closing a Kafka connection after a fault of the broker", e);
            close();
        } finally {
            settling = false;
        }
    }

    private void move() {
        boolean wrote = false;
        do {
            start();
            wrote |= write();
        } while (mayStart(waiting.peek()));
        if (wrote) {
            wire().channel.flush();
            if (mayStart(waiting.peek())) {
                post(this::settle); // the socket took it all; others have their turn first
            }
        }
        steerReading();
        if (stopping && unanswered.isEmpty()) {
            close();
        }
    }

    private void start() {
        while (mayStart(waiting.peek())) {
            KafkaRequest request = waiting.remove();
            try {
                ApiTable.api(request.key()).handle(request);
            } catch (RuntimeException e) {
                if (request.answered()) {
                    throw e;
                }
                log.debug("{} failed", request.key(), e);
                request.fail(e);
            }
        }
    }

    private boolean mayStart(@Nullable KafkaRequest request) {
        if (request == null) {
            return false;
        }
        return request.key() != ApiKeys.FETCH
                || (request == unanswered.peek() && wire().channel.isWritable());
    }

    private boolean write() {
        boolean wrote = false;
        KafkaRequest head;
        while ((head = unanswered.peek()) != null && head.answered()) {
            unanswered.remove();
            unansweredBytes -= head.sizeBytes();
            ApiMessage response = head.response();
            if (response != null) {
                wrote = true;
                Channel channel = wire().channel;
                KafkaWritable.frame(
                                channel.alloc(),
                                head.header().toResponseHeader(),
                                response,
                                head.answerVersion())
                        .forEach(piece -> channel.write(piece, channel.voidPromise()));
            }
        }
        return wrote;
    }

    private void steerReading() {
        Channel channel = wire().channel;
        boolean read =
                !stopping
                        && channel.isWritable()
                        && unanswered.size() < MOST_UNANSWERED
                        && unansweredBytes < MOST_UNANSWERED_BYTES;
        if (channel.config().isAutoRead() != read) {
            channel.config().setAutoRead(read);
        }
    }

    // The end ----------------------------------------------------------------------------------

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Listener.Stopping.STOPPING) {
            stopping = true;
            List.copyOf(unanswered).forEach(KafkaRequest::hurry);
            settle();
        } else if (event instanceof Connections.Close) {
            close(); // the protocol has no word for it
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        waiting.forEach(KafkaRequest::drop);
        waiting.clear();
        List.copyOf(unanswered).forEach(KafkaRequest::hurry);
        readers.close();
        wire().codec.close();
        wire().session.close();
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (!(cause instanceof IOException)) {
            log.warn("closing a Kafka connection after a fault of the broker", cause);
        }
        context.close();
    }
}
