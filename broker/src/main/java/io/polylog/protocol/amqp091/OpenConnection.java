package io.polylog.protocol.amqp091;

import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.concurrent.EventExecutor;
import io.polylog.broker.Publication;
import io.polylog.broker.Session;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import io.polylog.net.Output;
import io.polylog.net.ReadGate;
import io.polylog.net.ReadGate.Reason;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What a connection is once its handshake is done: a session with the core, channels, and the
/// queues that are its own. On the connection's event loop.
final class OpenConnection {
    private final AmqpConnection wire;
    private final Session session;
    private final Terms terms;
    private final Handover handover;
    private final AmqpProperties properties = new AmqpProperties();
    private final AmqpContent content = new AmqpContent();
    private final IntObjectHashMap<AmqpChannel> channels = new IntObjectHashMap<>(4);
    private final List<AmqpChannel> toConfirm = new ArrayList<>();
    private final Map<TopicName, UUID> exclusiveQueues = new HashMap<>(0);
    private final BlockedNotice blockedNotice;

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

    OpenConnection(AmqpConnection wire, Session session, Terms terms) {
        this.wire = wire;
        this.session = session;
        this.terms = terms;
        handover = new Handover(this);
        blockedNotice = new BlockedNotice(this);
    }

    // What channels use --------------------------------------------------------------------------

    Amqp091Protocol.Seams seams() {
        return wire.seams();
    }

    Session session() {
        return session;
    }

    Terms terms() {
        return terms;
    }

    Handover handover() {
        return handover;
    }

    /// The client's address, for people to read.
    String client() {
        return wire.client();
    }

    Output output() {
        return wire.output();
    }

    ReadGate gate() {
        return wire.gate();
    }

    EventExecutor loop() {
        return wire.context().executor();
    }

    /// Scratch for the message at hand.
    AmqpProperties properties() {
        return properties;
    }

    /// Scratch for the message at hand.
    AmqpContent content() {
        return content;
    }

    /// Whether the connection has not begun to end.
    boolean isOpen() {
        return wire.isOpen(this);
    }

    // Frames -------------------------------------------------------------------------------------

    void frame(int number, AmqpFrame frame) {
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
            int method =
                    frame instanceof FromClient m ? MethodReader.idOf(m) : MethodReader.PUBLISH;
            failed(channel, e, method);
        }
    }

    /// Ends the channel or the connection, as the error says.
    void failed(@Nullable AmqpChannel channel, AmqpException error, int method) {
        if (channel == null || error.hard) {
            wire.fail(error, method);
        } else {
            channel.fail(error, method);
        }
    }

    /// Something went wrong on our side.
    void broken(Throwable cause) {
        wire.broken(cause);
    }

    private void onNoChannel(int number, AmqpFrame frame) {
        if (frame instanceof ChannelOpen) {
            int most = terms.channelMax();
            if (number > most || channels.size() >= most) {
                throw AmqpException.onConnection(
                        ReplyCode.NOT_ALLOWED,
                        "channel %d is above the negotiated channel_max (%d)"
                                .formatted(number, most));
            }
            channels.put(number, new AmqpChannel(number, this));
            AmqpWriter.method(output().buffer(), number, new ChannelOpenOk());
        } else if (!(frame instanceof ChannelCloseOk)) {
            throw AmqpException.of(
                    ReplyCode.CHANNEL_ERROR, "expected 'channel.open' on channel " + number);
        }
    }

    private void onConnection(AmqpFrame frame) {
        switch (frame) {
            case ConnectionClose close -> connectionClose();
            case ConnectionUpdateSecret secret ->
                    AmqpWriter.method(output().buffer(), 0, new ConnectionUpdateSecretOk());
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

    /// The end of a read or of a round of answers: everything collected goes on its way.
    void turn() {
        handover.now();
        for (int i = 0; i < toConfirm.size(); i++) {
            toConfirm.get(i).publishing().writeConfirms();
        }
        toConfirm.clear();
    }

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
                terms.frameMax());
    }

    /// A publish was refused for lack of space: tells the client to hold back for a while.
    void diskFull() {
        blockedNotice.raise();
    }

    void brokerClosed() {
        wire.fail(AmqpException.of(ReplyCode.CONNECTION_FORCED, "the broker stopped"), 0);
    }

    /// The socket takes more: consumers that were stopped go on.
    void resume() {
        for (AmqpChannel channel : channels.values().toArray(AmqpChannel[]::new)) {
            channel.consumers().resume();
        }
    }

    // The end ------------------------------------------------------------------------------------

    void remove(AmqpChannel channel) {
        channels.remove(channel.number());
    }

    /// The client leaves: what it sent is decided, what it held goes back, then it gets its answer.
    private void connectionClose() {
        handover.whenAllDecided(() -> leave(wire::answerClose));
    }

    /// Gives back what the client held and removes what was only his, then goes on.
    private void leave(Runnable then) {
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

    /// Lets go of the core.
    void end() {
        channels.clear();
        wire.close(session);
    }
}
