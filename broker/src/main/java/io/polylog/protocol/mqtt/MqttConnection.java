package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.polylog.broker.BrokerException;
import io.polylog.net.ConnectionGuard;
import io.polylog.net.ConnectionInfo.Peer;
import io.polylog.net.Connections;
import io.polylog.net.Farewell;
import io.polylog.net.Listener;
import io.polylog.net.LoopTasks;
import io.polylog.net.Output;
import io.polylog.net.ReadGate;
import io.polylog.net.ReadGate.Reason;
import io.polylog.protocol.mqtt.MqttFrame.*;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's socket: packets in, one write out a turn. What CONNECT means is [Handshake]'s to
/// say, then everything is [ClientSession]'s. Everything runs on the connection's event loop.
///
/// A packet that others must not overtake (CONNECT, SUBSCRIBE) stops the reading of packets until
/// it is answered.
final class MqttConnection extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(MqttConnection.class);

    private final MqttNode node;
    private final MqttCodec codec = new MqttCodec();
    private final PacketReader packets;
    private final KeepAlive keepAlive = new KeepAlive(this::silent);
    private State state = new State.Connecting(new Handshake(this));
    private boolean lost;
    private boolean paused;
    private boolean reading;

    // Set by handlerAdded, before anything else is called.
    private @Nullable ChannelHandlerContext context;
    private @Nullable Output output;
    private @Nullable ReadGate gate;
    private String client = "";

    /// Where a connection stands.
    private sealed interface State {
        /// Until CONNECT is answered.
        record Connecting(Handshake steps) implements State {}

        record Running(ClientSession session) implements State {}

        /// Nothing is read or sent any more.
        record Ended() implements State {}
    }

    MqttConnection(MqttNode node) {
        this.node = node;
        packets = new PacketReader(node.settings().packetBytes());
    }

    // What it is made of -------------------------------------------------------------------------

    MqttNode node() {
        return node;
    }

    ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    Output output() {
        return Objects.requireNonNull(output);
    }

    ReadGate gate() {
        return Objects.requireNonNull(gate);
    }

    LoopTasks tasks() {
        return LoopTasks.of(context().channel());
    }

    /// The client's address, for people to read.
    String client() {
        return client;
    }

    /// The protocol level of the client, as far as it is known.
    int version() {
        return codec.version();
    }

    boolean isEnded() {
        return state instanceof State.Ended;
    }

    // Bytes in -----------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        client = String.valueOf(added.channel().remoteAddress()).replace("/", "");
        output = new Output(added, this::turn);
        gate = new ReadGate(added.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (isEnded()) {
            in.release();
            return;
        }
        keepAlive.heard();
        if (isStranger(in)) {
            in.release();
            fail(MqttException.malformed("the first packet is no CONNECT"));
            return;
        }
        packets.add(in, reading.alloc());
        read();
    }

    /// Whether it begins with something else than CONNECT: who speaks another protocol need not
    /// wait for what looks like a length.
    private boolean isStranger(ByteBuf in) {
        return state instanceof State.Connecting(Handshake steps)
                && !steps.begun()
                && !packets.holds()
                && in.getUnsignedByte(in.readerIndex()) >> 4 != MqttCodec.CONNECT;
    }

    /// Not again while it is at it: an answer that is there at once lets it go on by itself.
    private void read() {
        if (reading) {
            return;
        }
        reading = true;
        try {
            ByteBuf body;
            while (!paused && !isEnded() && (body = packets.next()) != null) {
                frame(codec.read(packets.header(), body));
            }
        } catch (MqttException refused) {
            fail(refused);
        } finally {
            reading = false;
        }
    }

    private void frame(MqttFrame frame) {
        switch (state) {
            case State.Connecting(Handshake steps) -> steps.frame(frame);
            case State.Running(ClientSession session) -> session.frame(frame);
            case State.Ended ended -> {}
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext reading) {
        turn();
    }

    /// The end of a read or of a round of answers: everything collected goes on its way.
    private void turn() {
        if (state instanceof State.Running(ClientSession session)) {
            session.turn();
        }
        output().flush();
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (output().writable() && state instanceof State.Running(ClientSession session)) {
            session.resume();
        }
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
        changed.fireChannelWritabilityChanged();
    }

    // Order --------------------------------------------------------------------------------------

    /// Reads no further packet until [#proceed].
    void pause() {
        paused = true;
        gate().set(Reason.WAITING_REQUESTS, true);
    }

    void proceed() {
        if (paused && !isEnded()) {
            paused = false;
            gate().set(Reason.WAITING_REQUESTS, false);
            keepAlive.heard();
            read();
            output().askTurn();
            if (lost && !paused) {
                gone();
            }
        }
    }

    /// Does something first, then reads the packet at hand once more.
    void repeatAfter(CompletionStage<?> first) {
        packets.again();
        pause();
        first.whenComplete((_, failed) -> {
            if (failed == null) {
                proceed();
            } else {
                broken(failed);
            }
        });
    }

    // Beginning and end --------------------------------------------------------------------------

    /// CONNECT is accepted.
    void opened(ClientSession session, Peer peer, int keepAliveSeconds) {
        state = new State.Running(session);
        ConnectionGuard.passed(context().channel());
        Connections.introduce(context().channel(), peer);
        keepAlive.start(context().executor(), keepAliveSeconds);
    }

    /// Ends the connection with a reason; DISCONNECT tells it to who speaks MQTT 5.
    void fail(MqttException error) {
        if (isEnded()) {
            return;
        }
        log.info("{}: closing: {}", client, error.text());
        switch (state) {
            case State.Connecting(Handshake steps) -> steps.refuse(error);
            case State.Running running when codec.version() == MqttFrame.V5 ->
                    MqttWriter.disconnect(output().buffer(), error.code, error.text());
            case State.Running running -> {}
            case State.Ended ended -> {}
        }
        end(error.text(), true);
        close();
    }

    /// Sends what was said and closes the socket.
    private void close() {
        output().flush();
        Farewell.close(context());
    }

    /// The client said good-bye.
    ///
    /// @param withWill whether its will is to be published all the same
    void goodbye(boolean withWill) {
        end("it disconnected", withWill);
        close();
    }

    private void end(String why, boolean abnormal) {
        State before = state;
        state = new State.Ended();
        keepAlive.stop();
        packets.close();
        switch (before) {
            case State.Connecting connecting -> {}
            case State.Running(ClientSession session) -> session.end(why, abnormal);
            case State.Ended ended -> {}
        }
    }

    private void silent() {
        if (gate().closed()) {
            keepAlive.heard(); // it is we who do not listen
        } else {
            fail(new MqttException(ReasonCode.KEEP_ALIVE_TIMEOUT, "it kept silent too long"));
        }
    }

    /// What the client had said before is heard out: many send their last message and leave.
    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        lost = true;
        boolean said = paused && packets.holds() && state instanceof State.Running;
        if (!said) {
            gone();
        }
        inactive.fireChannelInactive();
    }

    private void gone() {
        end("its connection was lost", true);
        output().close();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (event == Listener.Stopping.STOPPING) {
            force(new MqttException(ReasonCode.SERVER_SHUTTING_DOWN, "the broker stops"));
        } else if (event instanceof Connections.Close(String reason)) {
            force(new MqttException(ReasonCode.ADMINISTRATIVE_ACTION, reason));
        } else {
            triggered.fireUserEventTriggered(event);
        }
    }

    /// What was sent is decided and answered first.
    private void force(MqttException why) {
        if (state instanceof State.Running(ClientSession session)) {
            session.whenAllDecided(() -> fail(why));
        } else {
            fail(why);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        if (cause instanceof IOException) {
            caught.close(); // the peer is gone
            return;
        }
        broken(cause);
    }

    /// Something could not be done that the connection cannot go on without.
    void broken(Throwable failure) {
        Throwable cause = BrokerException.reason(failure);
        switch (cause) {
            case BrokerException refused ->
                    fail(
                            new MqttException(
                                    MqttMapping.code(refused),
                                    String.valueOf(refused.getMessage())));
            case MqttException refused -> fail(refused);
            default -> {
                log.error("{}: connection failed", client, cause);
                fail(new MqttException(ReasonCode.UNSPECIFIED_ERROR, "internal error"));
            }
        }
    }
}
