package io.polylog.protocol.amqp091;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.polylog.broker.Session;
import io.polylog.net.ConnectionGuard;
import io.polylog.net.ConnectionInfo.Peer;
import io.polylog.net.Connections;
import io.polylog.net.Listener;
import io.polylog.net.LoopTasks;
import io.polylog.net.Output;
import io.polylog.net.ReadGate;
import io.polylog.net.ReadGate.Reason;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's socket: frames in, one write out a turn, from the protocol header to the last
/// close. What the frames mean is [Handshake]'s to say, then [OpenConnection]'s. Everything runs on
/// the connection's event loop.
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
    private final Heartbeats heartbeats = new Heartbeats(this::sendHeartbeat, this::lost);
    private State state = new State.Handshaking(new Handshake(this));

    // Set by handlerAdded, before anything else is called.
    private @Nullable ChannelHandlerContext context;
    private String client = "";
    private @Nullable Output output;
    private @Nullable ReadGate gate;

    /// Where a connection stands.
    sealed interface State {
        /// Until connection.open is answered.
        record Handshaking(Handshake steps) implements State {}

        /// Open for channels.
        record Running(OpenConnection open) implements State {}

        /// connection.close is sent; only its answer counts.
        record Closing() implements State {}

        /// Nothing is read or sent any more.
        record Ended() implements State {}
    }

    AmqpConnection(Amqp091Protocol.Seams seams) {
        this.seams = seams;
    }

    // What it is made of -------------------------------------------------------------------------

    Amqp091Protocol.Seams seams() {
        return seams;
    }

    ChannelHandlerContext context() {
        return java.util.Objects.requireNonNull(context);
    }

    Output output() {
        return java.util.Objects.requireNonNull(output);
    }

    /// The client's address, for people to read.
    String client() {
        return client;
    }

    /// Ends the session; what it had says whose it was.
    void close(Session session) {
        session.close("connection " + client + " ended");
    }

    ReadGate gate() {
        return java.util.Objects.requireNonNull(gate);
    }

    boolean isOpen(OpenConnection open) {
        return state instanceof State.Running running && running.open == open;
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
        if (state instanceof State.Running(OpenConnection open)) {
            open.turn();
        }
        if (output().flush()) {
            heartbeats.spoke();
        }
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
    }

    private void frame(int number, AmqpFrame frame) {
        switch (state) {
            case State.Handshaking(Handshake steps) -> steps.frame(number, frame);
            case State.Running(OpenConnection open) -> open.frame(number, frame);
            case State.Closing closing -> closing(frame);
            case State.Ended ended -> {}
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (output().writable() && state instanceof State.Running(OpenConnection open)) {
            open.resume();
        }
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
        changed.fireChannelWritabilityChanged();
    }

    // Beginning and end --------------------------------------------------------------------------

    /// The handshake is done.
    ///
    /// @param name what the client calls itself
    void opened(Session session, OpenConnection.Terms terms, int heartbeatSeconds, String name) {
        state = new State.Running(new OpenConnection(this, session, terms));
        codec.frameMax(terms.frameMax());
        ConnectionGuard.passed(context().channel());
        Connections.introduce(
                context().channel(), new Peer(terms.user(), terms.virtualHost(), name));
        heartbeats.start(context().executor(), heartbeatSeconds);
        AmqpWriter.method(output().buffer(), 0, new ConnectionOpenOk());
    }

    void frameMax(int bytes) {
        codec.frameMax(bytes);
    }

    LoopTasks tasks() {
        return LoopTasks.of(context().channel());
    }

    /// The client closed the connection and what it sent is decided.
    void answerClose() {
        end();
        AmqpWriter.method(output().buffer(), 0, new ConnectionCloseOk());
        output().flush();
        closeSocketGently();
    }

    /// Sends connection.close and waits for its answer.
    void fail(AmqpException error, int method) {
        if (state instanceof State.Closing || state instanceof State.Ended) {
            return;
        }
        log.info("{}: closing: {}", client, error.text());
        boolean known = state instanceof State.Running;
        long timeoutMs = known ? CLOSE_TIMEOUT_MS : STRANGER_CLOSE_TIMEOUT_MS;
        end();
        state = new State.Closing();
        AmqpWriter.method(
                output().buffer(), 0, new ConnectionClose(error.code.code, error.text(), method));
        output().flush();
        context().executor().schedule(this::closeSocketGently, timeoutMs, TimeUnit.MILLISECONDS);
    }

    private void closing(AmqpFrame frame) {
        if (frame instanceof ConnectionClose) {
            AmqpWriter.method(output().buffer(), 0, new ConnectionCloseOk());
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

    /// Hands over what is collected and lets go of the core.
    private void end() {
        if (state instanceof State.Running(OpenConnection open)) {
            open.handover().now();
            state = new State.Ended();
            heartbeats.stop();
            open.end();
        }
    }

    private void sendHeartbeat() {
        AmqpWriter.heartbeat(output().buffer());
    }

    private void lost() {
        log.info("{}: missed heartbeats", client);
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
            force("broker forced connection closure with reason 'shutdown'");
        } else if (event instanceof Connections.Close(String reason)) {
            force(reason);
        } else {
            triggered.fireUserEventTriggered(event);
        }
    }

    /// The broker goes down, or an operator wants it: what was sent is decided and answered first.
    private void force(String why) {
        var forced = AmqpException.of(ReplyCode.CONNECTION_FORCED, why);
        if (state instanceof State.Running(OpenConnection open)) {
            open.handover()
                    .whenAllDecided(() -> {
                        turn();
                        fail(forced, 0);
                    });
        } else {
            context().close();
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

    /// Something went wrong on our side.
    void broken(Throwable cause) {
        log.error("{}: connection failed", client, cause);
        fail(AmqpException.of(ReplyCode.INTERNAL_ERROR, "internal error"), 0);
    }
}
