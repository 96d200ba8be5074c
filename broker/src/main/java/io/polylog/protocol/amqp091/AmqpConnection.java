package io.polylog.protocol.amqp091;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.collection.IntObjectHashMap;
import io.polylog.broker.Publication;
import io.polylog.broker.Session;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import io.polylog.net.ConnectionGuard;
import io.polylog.net.Listener;
import io.polylog.net.LoopTasks;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import io.polylog.protocol.amqp091.ReadGate.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's connection: frames in, one write out a turn, and the methods of the connection
/// itself. Everything runs on the connection's event loop.
///
/// What one socket read brought is handed to the core at once: one batch of publishes, one of
/// acknowledgements. It stops reading the socket only for what a commit ends, or for answers that
/// the client does not take.
final class AmqpConnection extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(AmqpConnection.class);
    private static final long CLOSE_TIMEOUT_MS = 3_000;

    /// For who is not known: less time to answer connection.close.
    private static final long STRANGER_CLOSE_TIMEOUT_MS = 500;

    private final Amqp091Protocol.Seams seams;
    private final AmqpCodec codec = new AmqpCodec(Handshake.FRAME_MAX);
    private final FrameReader frames = new FrameReader(codec);
    private final AmqpProperties properties = new AmqpProperties();
    private final AmqpContent content = new AmqpContent();
    private final IntObjectHashMap<AmqpChannel> channels = new IntObjectHashMap<>(4);
    private final Heartbeats heartbeats = new Heartbeats(this::sendHeartbeat, this::lost);
    private State state = new State.Handshaking(new Handshake(this));

    private final List<AmqpChannel> toConfirm = new ArrayList<>();
    private final Map<TopicName, UUID> exclusiveQueues = new HashMap<>(0);
    private @Nullable BlockedNotice blockedNotice;

    // Set by handlerAdded, before anything else is called.
    private @Nullable ChannelHandlerContext context;
    private @Nullable Output output;
    private @Nullable ReadGate gate;

    /// Where a connection stands.
    sealed interface State {
        /// Until connection.open is answered.
        record Handshaking(Handshake steps) implements State {}

        /// Open for channels.
        ///
        /// @param terms what was agreed on
        record Running(Session session, Terms terms, Handover handover) implements State {}

        /// connection.close is sent; only its answer counts.
        record Closing() implements State {}

        /// Nothing is read or sent any more.
        record Ended() implements State {}
    }

    /// What the handshake agreed on.
    ///
    /// @param cancelNotify the client understands basic.cancel
    /// @param blockedNotify the client understands connection.blocked
    record Terms(
            String user,
            String virtualHost,
            int frameMax,
            int channelMax,
            boolean cancelNotify,
            boolean blockedNotify) {}

    AmqpConnection(Amqp091Protocol.Seams seams) {
        this.seams = seams;
    }

    // What channels use --------------------------------------------------------------------------

    Amqp091Protocol.Seams seams() {
        return seams;
    }

    ChannelHandlerContext context() {
        return java.util.Objects.requireNonNull(context);
    }

    Output output() {
        return java.util.Objects.requireNonNull(output);
    }

    ReadGate gate() {
        return java.util.Objects.requireNonNull(gate);
    }

    /// Scratch for the message at hand.
    AmqpProperties properties() {
        return properties;
    }

    /// Scratch for the message at hand.
    AmqpContent content() {
        return content;
    }

    State.Running running() {
        if (state instanceof State.Running running) {
            return running;
        }
        throw new IllegalStateException("the connection is not open");
    }

    boolean isRunning() {
        return state instanceof State.Running;
    }

    String user() {
        return running().terms().user();
    }

    // Bytes in -----------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        output = new Output(added, this::turn);
        gate = new ReadGate(added.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            heartbeats.heard();
            read(in);
        } catch (AmqpException malformed) {
            fail(malformed, 0);
            frames.close();
            closeSocketGently(); // the frames' boundaries are lost: no answer can be read
        } finally {
            in.release();
        }
    }

    private void read(ByteBuf in) {
        if (state instanceof State.Handshaking(Handshake steps) && !steps.header(in)) {
            return;
        }
        if (!(state instanceof State.Ended)) {
            frames.read(in, context().alloc(), this::frame);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext reading) {
        turn();
    }

    /// The end of a read or of a round of answers: everything collected goes on its way.
    private void turn() {
        handOver();
        for (int i = 0; i < toConfirm.size(); i++) {
            toConfirm.get(i).publishing().writeConfirms();
        }
        toConfirm.clear();
        if (output().flush()) {
            heartbeats.spoke();
        }
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
    }

    /// Hands what was collected to the core, so that what follows comes after it.
    void handOver() {
        if (state instanceof State.Running running) {
            running.handover().now();
        }
    }

    private void frame(int number, AmqpFrame frame) {
        switch (state) {
            case State.Handshaking(Handshake steps) -> steps.frame(number, frame);
            case State.Running running -> running(number, frame);
            case State.Closing closing -> closing(frame);
            case State.Ended ended -> {}
        }
    }

    private void running(int number, AmqpFrame frame) {
        AmqpChannel channel = channels.get(number);
        try {
            if (channel != null) {
                channel.frame(frame);
            } else if (number == 0) {
                onConnection(frame);
            } else {
                onNoChannel(number, frame);
            }
        } catch (AmqpException e) {
            int method = frame instanceof FromClient m ? AmqpCodec.idOf(m) : AmqpCodec.PUBLISH_ID;
            failed(channel, e, method);
        }
    }

    /// Ends the channel or the connection, as the error says.
    void failed(@Nullable AmqpChannel channel, AmqpException error, int method) {
        if (channel == null || error.hard) {
            fail(error, method);
        } else {
            channel.fail(error, method);
        }
    }

    private void onNoChannel(int number, AmqpFrame frame) {
        if (frame instanceof ChannelOpen) {
            int most = running().terms().channelMax();
            if (number > most || channels.size() >= most) {
                throw AmqpException.onConnection(
                        ReplyCode.NOT_ALLOWED,
                        "channel "
                                + number
                                + " is above the negotiated channel_max ("
                                + most
                                + ")");
            }
            channels.put(number, new AmqpChannel(number, this));
            output().method(number, new ChannelOpenOk());
        } else if (!(frame instanceof ChannelCloseOk)) {
            throw AmqpException.of(
                    ReplyCode.CHANNEL_ERROR, "expected 'channel.open' on channel " + number);
        }
    }

    private void onConnection(AmqpFrame frame) {
        switch (frame) {
            case ConnectionClose close -> connectionClose();
            case ConnectionUpdateSecret secret ->
                    output().method(0, new ConnectionUpdateSecretOk());
            case Heartbeat beat -> {}
            case ConnectionBlocked note -> {}
            case ConnectionUnblocked note -> {}
            case FromClient other ->
                    throw AmqpException.of(
                            ReplyCode.COMMAND_INVALID,
                            "method not allowed on channel 0 of an open connection");
            case FromBroker other ->
                    throw AmqpException.of(ReplyCode.COMMAND_INVALID, "method of a broker");
            case ContentHeader header -> throw contentOnConnection();
            case ContentBody body -> throw contentOnConnection();
        }
    }

    private static AmqpException contentOnConnection() {
        return AmqpException.of(ReplyCode.UNEXPECTED_FRAME, "content on channel 0");
    }

    // The core's side ----------------------------------------------------------------------------

    /// Whether this connection may use the queue: it is nobody's own, or ours.
    boolean mayUse(Topic topic) {
        return topic.owner() == 0 || topic.id().equals(exclusiveQueues.get(topic.spec().name()));
    }

    /// This connection declared an exclusive queue.
    void owns(Topic queue) {
        exclusiveQueues.put(queue.spec().name(), queue.id());
    }

    void disowns(TopicName queue) {
        exclusiveQueues.remove(queue);
    }

    void waitingRequests(boolean many) {
        gate().set(Reason.WAITING_REQUESTS, many);
    }

    /// Confirms of this channel are to be written at the end of the turn.
    void confirmed(AmqpChannel channel) {
        if (toConfirm.isEmpty() || toConfirm.getLast() != channel) {
            toConfirm.add(channel);
            output().askTurn();
        }
    }

    /// basic.return of a mandatory message without a target: goes before its confirm.
    void returned(int channel, Publication publication) {
        AmqpWriter.returned(
                output().buffer(),
                channel,
                ReplyCode.NO_ROUTE,
                content.wrap(publication.content().bytes()),
                running().terms().frameMax());
    }

    /// A publish was refused for lack of space: tells the client to hold back for a while.
    void diskFull() {
        if (blockedNotice == null) {
            blockedNotice = new BlockedNotice(this);
        }
        blockedNotice.raise();
    }

    void brokerClosed() {
        fail(AmqpException.of(ReplyCode.CONNECTION_FORCED, "the broker stopped"), 0);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (output().writable() && isRunning()) {
            for (AmqpChannel channel : channels.values().toArray(AmqpChannel[]::new)) {
                channel.consumers().resume();
            }
        }
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
        changed.fireChannelWritabilityChanged();
    }

    // Beginning and end --------------------------------------------------------------------------

    /// The handshake is done.
    void opened(Session session, Terms terms, int heartbeatSeconds) {
        state = new State.Running(session, terms, new Handover(this, session));
        codec.frameMax(terms.frameMax());
        ConnectionGuard.passed(context().channel());
        heartbeats.start(context().executor(), heartbeatSeconds);
        output().method(0, new ConnectionOpenOk());
    }

    void frameMax(int bytes) {
        codec.frameMax(bytes);
    }

    LoopTasks tasks() {
        return LoopTasks.of(context().channel());
    }

    void remove(AmqpChannel channel) {
        channels.remove(channel.number());
    }

    /// The client leaves: what it sent is decided, what it held goes back, then it gets its answer.
    private void connectionClose() {
        Session session = running().session();
        running().handover().whenAllDecided(() -> leave(session, this::answerClose));
    }

    /// Gives back what the client held and removes what was only his, then goes on.
    private void leave(Session session, Runnable then) {
        List<CompletableFuture<?>> steps = new ArrayList<>();
        for (AmqpChannel channel : channels.values()) {
            steps.add(channel.consumers().leave().toCompletableFuture());
        }
        for (TopicName queue : List.copyOf(exclusiveQueues.keySet())) {
            steps.add(session.deleteTopic(queue, false, false).toCompletableFuture());
        }
        CompletableFuture.allOf(steps.toArray(CompletableFuture[]::new))
                .whenComplete((done, failed) -> then.run());
    }

    private void answerClose() {
        end();
        output().method(0, new ConnectionCloseOk());
        output().flush();
        closeSocketGently();
    }

    /// Sends connection.close and waits for its answer.
    void fail(AmqpException error, int method) {
        if (state instanceof State.Closing || state instanceof State.Ended) {
            return;
        }
        log.info("{}: closing: {}", context().channel().remoteAddress(), error.text());
        long timeoutMs = isRunning() ? CLOSE_TIMEOUT_MS : STRANGER_CLOSE_TIMEOUT_MS;
        handOver();
        end();
        state = new State.Closing();
        output().method(0, new ConnectionClose(error.code.code, error.text(), method));
        output().flush();
        context().executor().schedule(this::closeSocketGently, timeoutMs, TimeUnit.MILLISECONDS);
    }

    private void closing(AmqpFrame frame) {
        if (frame instanceof ConnectionClose) {
            output().method(0, new ConnectionCloseOk());
            output().flush();
            closeSocketGently();
        } else if (frame instanceof ConnectionCloseOk) {
            closeSocketGently();
        }
    }

    /// Sends bytes, then closes: for what is said before there are frames.
    void refuse(byte[] answer) {
        state = new State.Ended();
        output().buffer().writeBytes(answer);
        output().flush();
        closeSocketGently();
    }

    /// Closes the sending side first, so that a client that still sends gets to read what was said
    /// before its connection is reset.
    private void closeSocketGently() {
        state = new State.Ended();
        if (context().channel() instanceof io.netty.channel.socket.DuplexChannel socket) {
            socket.shutdownOutput();
        }
        context().executor().schedule(() -> context().close(), 200, TimeUnit.MILLISECONDS);
    }

    /// Lets go of the core.
    private void end() {
        if (state instanceof State.Running running) {
            state = new State.Ended();
            heartbeats.stop();
            channels.clear();
            running.session().close();
        }
    }

    private void sendHeartbeat() {
        AmqpWriter.heartbeat(output().buffer());
    }

    private void lost() {
        log.info("{}: missed heartbeats", context().channel().remoteAddress());
        context().close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        end();
        state = new State.Ended();
        frames.close();
        output().close();
        inactive.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (event == Listener.Stopping.STOPPING) {
            stopping();
        } else {
            triggered.fireUserEventTriggered(event);
        }
    }

    /// The broker goes down: what was sent is decided and answered first.
    private void stopping() {
        var forced =
                AmqpException.of(
                        ReplyCode.CONNECTION_FORCED,
                        "broker forced connection closure with reason 'shutdown'");
        if (!isRunning()) {
            context().close();
            return;
        }
        running()
                .handover()
                .whenAllDecided(() -> {
                    turn();
                    fail(forced, 0);
                });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        if (cause instanceof IOException) {
            caught.close(); // the peer is gone
            return;
        }
        broken(cause);
    }

    /// Something went wrong on our side.
    void broken(Throwable cause) {
        log.error("{}: connection failed", context().channel().remoteAddress(), cause);
        fail(AmqpException.of(ReplyCode.INTERNAL_ERROR, "internal error"), 0);
    }
}
