package io.polylog.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler.HandshakeComplete;
import io.netty.util.ReferenceCountUtil;
import io.polylog.net.WebSocketProtocol.Frames;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Between WebSocket frames and the bytes of the protocol within: what is written until a flush
/// becomes one frame, of little more than 64 KiB at most where it is written in pieces. On the
/// connection's loop.
final class WebSocketBytes extends ChannelDuplexHandler {
    private static final Logger log = LoggerFactory.getLogger(WebSocketBytes.class);

    private static final int FULL = 64 << 10;

    private final Protocol wrapped;
    private final Frames frames;
    private boolean open;
    private boolean binary;
    private @Nullable CompositeByteBuf written;
    private List<ChannelPromise> promises = new ArrayList<>();

    WebSocketBytes(Protocol wrapped, Frames frames) {
        this.wrapped = wrapped;
        this.frames = frames;
        binary = frames == Frames.BINARY;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof HandshakeComplete) {
            open = true;
            wrapped.accept(context.pipeline());
        } else if (!open
                && (event == Listener.Stopping.STOPPING || event instanceof Connections.Close)) {
            context.close(); // there is nobody yet who could say good-bye
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof WebSocketFrame frame)) { // a request for what is no path
            ReferenceCountUtil.release(message);
            context.close();
            return;
        }
        if (frame instanceof TextWebSocketFrame && frames == Frames.BINARY) {
            frame.release();
            context.writeAndFlush(
                    new CloseWebSocketFrame(WebSocketCloseStatus.INVALID_MESSAGE_TYPE));
            context.close();
            return;
        }
        if (frames == Frames.TEXT && !(frame instanceof TextWebSocketFrame)) {
            binary |= frame instanceof BinaryWebSocketFrame;
        }
        context.fireChannelRead(frame.content());
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (!(message instanceof ByteBuf bytes)) {
            send(context);
            context.write(message, promise);
            return;
        }
        if (written == null) {
            written = context.alloc().compositeBuffer(256);
        }
        written.addComponent(true, bytes);
        promises.add(promise);
        if (written.readableBytes() >= FULL) { // so that it counts as what waits to go out
            send(context);
        }
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        send(context);
        context.flush();
    }

    private void send(ChannelHandlerContext context) {
        CompositeByteBuf bytes = written;
        if (bytes == null) {
            return;
        }
        written = null;
        List<ChannelPromise> waiting = promises;
        promises = new ArrayList<>();
        ChannelPromise sent = context.newPromise();
        sent.addListener(done -> {
            for (ChannelPromise promise : waiting) {
                if (done.isSuccess()) {
                    promise.trySuccess();
                } else {
                    promise.tryFailure(done.cause());
                }
            }
        });
        if (bytes.isReadable()) {
            context.write(frame(bytes), sent);
        } else { // an empty write only asks to be told when all before it is through
            context.write(bytes, sent);
        }
    }

    /// Bytes that are no text would end the connection of a client that got them as text.
    private WebSocketFrame frame(ByteBuf bytes) {
        boolean text = !binary && ByteBufUtil.isText(bytes, UTF_8);
        return text ? new TextWebSocketFrame(bytes) : new BinaryWebSocketFrame(bytes);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (written != null) {
            written.release();
            written = null;
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof CodecException || cause instanceof IOException) {
            log.debug("closing {}: {}", context.channel().remoteAddress(), cause.getMessage());
            context.close();
        } else {
            context.fireExceptionCaught(cause);
        }
    }
}
