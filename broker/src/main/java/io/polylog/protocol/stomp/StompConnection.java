package io.polylog.protocol.stomp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.polylog.broker.BrokerException;
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
import io.polylog.security.Principal;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's socket: frames in, in their order, and one write out a turn. A frame that waits for
/// the core (a queue is made, a transaction commits) holds up those behind it. What frames mean
/// once the client is logged in is [OpenStomp]'s to say. Everything runs on the connection's event
/// loop.
final class StompConnection extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(StompConnection.class);

    private final StompProtocol.Seams seams;
    private final StompReader reader;
    private final Deque<StompFrame> waiting = new ArrayDeque<>(0);
    private final HeartBeats heartBeats;
    private Step step = Step.NEW;
    private boolean busy;
    private boolean draining;
    private @Nullable OpenStomp open;

    // Set by handlerAdded, before anything else is called.
    private @Nullable ChannelHandlerContext context;
    private @Nullable Output output;
    private @Nullable ReadGate gate;

    /// How far it has come.
    private enum Step {
        NEW,
        LOGGING_IN,
        OPEN,
        /// Asked to end: what was sent before is still decided and answered.
        LEAVING,
        ENDED
    }

    StompConnection(StompProtocol.Seams seams) {
        this.seams = seams;
        reader = new StompReader(seams.settings().messageBytes());
        heartBeats = new HeartBeats(this::beat, this::silent, () -> gate().closed());
    }

    StompProtocol.Seams seams() {
        return seams;
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

    private LoopTasks tasks() {
        return LoopTasks.of(context().channel());
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
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        ByteBuf in = (ByteBuf) message;
        heartBeats.heard();
        try {
            if (step != Step.ENDED) {
                reader.read(in, this::frame);
            }
        } catch (StompException malformed) {
            fail(malformed, null);
        } finally {
            in.release();
        }
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
        if (output().flush()) {
            heartBeats.spoke();
        }
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        if (open != null && output().writable()) {
            open.resume();
        }
        gate().set(Reason.UNREAD_ANSWERS, output().overfull());
        changed.fireChannelWritabilityChanged();
    }

    // Frames, one after the other ----------------------------------------------------------------

    private void frame(StompFrame frame) {
        if (busy) {
            waiting.add(frame);
        } else {
            process(frame);
        }
    }

    private void process(StompFrame frame) {
        guarded(
                frame,
                () -> {
                    switch (step) {
                        case NEW -> connect(frame);
                        case OPEN -> Objects.requireNonNull(open).frame(frame);
                        case LOGGING_IN, LEAVING, ENDED -> {}
                    }
                });
    }

    private void guarded(StompFrame frame, Runnable work) {
        try {
            work.run();
        } catch (StompException refused) {
            fail(refused, frame.receipt());
        } catch (BrokerException refused) {
            fail(StompException.of(refused), frame.receipt());
        }
    }

    /// Holds up the frames behind this one until the core has done something for it.
    <T> void await(StompFrame frame, CompletionStage<T> stage, Consumer<? super T> then) {
        hold(true);
        stage.whenComplete((done, failed) -> {
            hold(false);
            if (step == Step.ENDED) {
                return;
            }
            guarded(
                    frame,
                    () -> {
                        if (failed != null) {
                            throw refusal(failed);
                        }
                        then.accept(done);
                    });
            drain();
            output().askTurn();
        });
    }

    /// Why the core did not do something.
    static BrokerException refusal(Throwable failed) {
        Throwable cause = BrokerException.reason(failed);
        if (cause instanceof BrokerException refusal) {
            return refusal;
        }
        log.error("a request failed", cause);
        return new BrokerException(BrokerException.Kind.CLOSED, "internal error");
    }

    private void hold(boolean now) {
        busy = now;
        gate().set(Reason.WAITING_REQUESTS, now);
    }

    private void drain() {
        if (draining) {
            return;
        }
        draining = true;
        while (!busy && !waiting.isEmpty()) {
            process(waiting.remove());
        }
        draining = false;
    }

    // Logging in ---------------------------------------------------------------------------------

    private void connect(StompFrame frame) {
        Login login = Login.of(frame);
        reader.version(login.version()); // frames behind this one may be here already
        step = Step.LOGGING_IN;
        hold(true);
        login.check(seams.authenticator())
                .whenComplete((found, failed) ->
                        tasks().post(() -> {
                            hold(false);
                            if (step == Step.LOGGING_IN) {
                                loggedIn(login, failed == null ? found : Optional.empty());
                                drain();
                            }
                        }));
    }

    private void loggedIn(Login login, Optional<Principal> found) {
        if (found.isEmpty()) {
            fail(login.refused(), login.frame().receipt());
            return;
        }
        String namespace = login.namespace(seams.broker().definitions());
        Session session = seams.broker().session(found.get(), Mailbox.of(tasks()));
        ConnectionGuard.passed(context().channel());
        Connections.introduce(context().channel(), new Peer(found.get().name(), namespace, ""));
        String name = "session-" + seams.uniqueNames().get();
        open = new OpenStomp(this, session, new OpenStomp.Terms(login.version(), namespace, name));
        step = Step.OPEN;
        login.answer(output().buffer(), name);
        heartBeats.start(context().executor(), login.beats());
    }

    // The end ------------------------------------------------------------------------------------

    /// Says in an ERROR frame why the connection ends, and ends it.
    ///
    /// @param receipt of the frame that caused it, or null
    void fail(StompException error, @Nullable String receipt) {
        if (step == Step.ENDED) {
            return;
        }
        log.info("{}: {}", context().channel().remoteAddress(), error.line());
        StompVersion version = open == null ? StompVersion.V1_0 : open.version();
        end();
        error.write(output().buffer(), version, receipt);
        output().flush();
        Farewell.close(context());
    }

    /// The client wants to go: frames behind do not count.
    void leaving() {
        step = Step.LEAVING;
    }

    /// Everything was said.
    void leave() {
        if (step != Step.ENDED) {
            end();
            output().flush();
            Farewell.close(context());
        }
    }

    private void end() {
        if (open != null && step != Step.ENDED) {
            open.turn();
            step = Step.ENDED;
            open.end("connection " + context().channel().remoteAddress() + " ended");
        }
        step = Step.ENDED;
        heartBeats.stop();
        waiting.clear();
    }

    private void beat() {
        output().buffer().writeByte('\n');
    }

    private void silent() {
        log.info("{}: missed heart-beats", context().channel().remoteAddress());
        context().close();
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
            force("broker forced connection closure with reason 'shutdown'");
        } else if (event instanceof Connections.Close(String reason)) {
            force(reason);
        } else {
            triggered.fireUserEventTriggered(event);
        }
    }

    /// The broker goes down, or an operator wants it: what was sent is decided and answered first.
    private void force(String why) {
        if (step == Step.OPEN && open != null) {
            leaving();
            open.whenAllDecided(() -> fail(new StompException("connection_forced", why), null));
        } else if (step != Step.LEAVING) {
            context().close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        if (cause instanceof IOException) {
            caught.close(); // the peer is gone
            return;
        }
        log.error("connection failed", cause);
        fail(new StompException("internal_error", "internal error"), null);
    }
}
