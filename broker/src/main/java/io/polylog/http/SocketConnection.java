package io.polylog.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import io.polylog.net.Connections;
import io.polylog.net.Farewell;
import io.polylog.net.Listener;
import io.polylog.net.Output;
import io.polylog.net.ReadGate;
import io.polylog.net.ReadGate.Reason;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection that has become a WebSocket: frames in are put together to messages, messages out
/// are a frame each. Everything runs on the connection's event loop.
final class SocketConnection extends ChannelInboundHandlerAdapter implements WebSocket {
    private static final Logger log = LoggerFactory.getLogger(SocketConnection.class);

    /// Between pings: so that a client who is gone is noticed, and ways in between stay open.
    static final long BEAT_SECONDS = 25;

    /// Beats without a sign of life.
    private static final int MOST_SILENT_BEATS = 3;

    private final Visit visit;
    private final ReadGate gate;
    private final Bodies bodies;
    private final Function<WebSocket, Reader> listening;
    private final Deque<byte[]> waiting = new ArrayDeque<>(0);
    private int mostBytes;
    private Bodies.@Nullable Body begun;
    private boolean isHeld;
    private boolean isDraining;
    private boolean isOver;
    private int silentBeats;
    private @Nullable Future<?> beating;

    // Set by handlerAdded, before anything else is called.
    private @Nullable ChannelHandlerContext context;
    private @Nullable Output output;
    private @Nullable Reader reader;

    /// @param gate of the connection, as it was until now
    /// @param bodies holds messages that come in pieces
    /// @param listening makes who hears of it
    /// @param mostBytes of a message
    SocketConnection(
            Visit visit,
            ReadGate gate,
            Bodies bodies,
            Function<WebSocket, Reader> listening,
            int mostBytes) {
        this.visit = visit;
        this.gate = gate;
        this.bodies = bodies;
        this.listening = listening;
        this.mostBytes = mostBytes;
    }

    /// Reads frames, none of them longer.
    static ChannelHandler decoder(int mostBytes) {
        return new WebSocket13FrameDecoder(
                WebSocketDecoderConfig.newBuilder()
                        .maxFramePayloadLength(mostBytes)
                        .closeOnProtocolViolation(false)
                        .build());
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    private Output output() {
        return Objects.requireNonNull(output);
    }

    private Reader reader() {
        return Objects.requireNonNull(reader);
    }

    // Frames in ----------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        output = new Output(added, this::turn);
        beating =
                added.executor()
                        .scheduleAtFixedRate(
                                this::beat, BEAT_SECONDS, BEAT_SECONDS, TimeUnit.SECONDS);
        reader = listening.apply(this);
    }

    @Override
    public void channelRead(ChannelHandlerContext reading, Object message) {
        silentBeats = 0;
        try {
            if (!isOver && message instanceof WebSocketFrame frame) {
                frame(frame);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void frame(WebSocketFrame frame) {
        switch (frame) {
            case PingWebSocketFrame ping -> Frames.pong(output().buffer(), ping.content());
            case PongWebSocketFrame _ -> {}
            case CloseWebSocketFrame bye -> closed(bye.statusCode());
            case BinaryWebSocketFrame _ ->
                    close(WebSocketCloseStatus.INVALID_MESSAGE_TYPE.code(), "text frames only");
            default -> piece(frame.content(), frame.isFinalFragment());
        }
    }

    /// A client need not say why.
    private void closed(int code) {
        close(code < NORMAL ? NORMAL : code, "");
    }

    /// A message, or a part of one.
    private void piece(ByteBuf bytes, boolean isLast) {
        if (begun == null && isLast) {
            message(ByteBufUtil.getBytes(bytes));
            return;
        }
        try {
            if (begun == null) {
                begun = bodies.new Body(0, mostBytes);
            }
            begun.add(bytes);
        } catch (Refusal refused) {
            boolean isLarge = refused.status() == Status.CONTENT_TOO_LARGE;
            close(
                    isLarge
                            ? WebSocketCloseStatus.MESSAGE_TOO_BIG.code()
                            : WebSocketCloseStatus.TRY_AGAIN_LATER.code(),
                    String.valueOf(refused.getMessage()));
            return;
        }
        if (isLast) {
            byte[] whole = begun.take();
            forget();
            message(whole);
        }
    }

    private void forget() {
        if (begun != null) {
            begun.release();
            begun = null;
        }
    }

    private void message(byte[] text) {
        if (isHeld || !waiting.isEmpty()) {
            waiting.add(text);
        } else {
            tell(text);
        }
    }

    private void tell(byte[] text) {
        ByteBuf bytes = Unpooled.wrappedBuffer(text);
        if (!ByteBufUtil.isText(bytes, UTF_8)) {
            close(WebSocketCloseStatus.INVALID_PAYLOAD_DATA.code(), "this is no UTF-8");
            return;
        }
        reader().text(text);
    }

    @Override
    public void hold(boolean now) {
        isHeld = now;
        if (!isDraining) {
            isDraining = true;
            while (!isHeld && !isOver && !waiting.isEmpty()) {
                tell(waiting.remove());
            }
            isDraining = false;
        }
        gate.set(Reason.WAITING_REQUESTS, isHeld && !isOver);
    }

    @Override
    public void pause(boolean now) {
        gate.set(Reason.UNDECIDED_PUBLISHES, now && !isOver);
    }

    @Override
    public void allow(int most) {
        mostBytes = most;
        context()
                .pipeline()
                .replace(HttpProtocol.DECODER, HttpProtocol.DECODER, decoder(mostBytes));
    }

    // Frames out ---------------------------------------------------------------------------------

    @Override
    public void channelReadComplete(ChannelHandlerContext reading) {
        turn();
    }

    private void turn() {
        output().flush();
        gate.set(Reason.UNREAD_ANSWERS, output().overfull() && !isOver);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext changed) {
        gate.set(Reason.UNREAD_ANSWERS, output().overfull() && !isOver);
        if (!isOver && output().writable()) {
            reader().writable();
        }
        changed.fireChannelWritabilityChanged();
    }

    @Override
    public void send(byte[]... parts) {
        if (!isOver) {
            Frames.text(output().buffer(), parts);
        }
    }

    @Override
    public boolean isWritable() {
        return output().writable();
    }

    @Override
    public void later(Runnable task) {
        visit.tasks().post(task);
    }

    @Override
    public Future<?> laterBy(long delayMs, Runnable task) {
        return context().executor().schedule(task, delayMs, TimeUnit.MILLISECONDS);
    }

    /// Who is not read cannot be heard.
    private void beat() {
        if (!gate.closed() && ++silentBeats > MOST_SILENT_BEATS) {
            close(POLICY, "no sign of life");
        } else if (output().writable()) {
            Frames.ping(output().buffer());
        }
    }

    // The end ------------------------------------------------------------------------------------

    @Override
    public void close(int code, String reason) {
        if (!isOver) {
            end(reason.isEmpty() ? "closed by its client" : reason);
            Frames.close(output().buffer(), code, reason);
            output().flush();
            Farewell.close(context());
        }
    }

    private void end(String why) {
        if (isOver) {
            return;
        }
        isOver = true;
        if (beating != null) {
            beating.cancel(false);
        }
        waiting.clear();
        forget();
        reader().ended();
        visit.end("connection " + context().channel().remoteAddress() + " ended: " + why);
    }

    @Override
    public void channelInactive(ChannelHandlerContext inactive) {
        end("closed by its client");
        output().close();
        inactive.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext triggered, Object event) {
        if (event == Listener.Stopping.STOPPING) {
            close(GOING_AWAY, "the broker stops");
        } else if (event instanceof Connections.Close(String reason)) {
            close(GOING_AWAY, reason);
        } else {
            triggered.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext caught, Throwable cause) {
        switch (cause) {
            case CorruptedWebSocketFrameException bad ->
                    close(bad.closeStatus().code(), String.valueOf(bad.getMessage()));
            case IOException _ -> caught.close(); // the peer is gone
            default -> {
                log.error("connection failed", cause);
                close(WebSocketCloseStatus.INTERNAL_SERVER_ERROR.code(), "internal error");
            }
        }
    }
}
