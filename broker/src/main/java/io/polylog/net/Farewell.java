package io.polylog.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import java.util.concurrent.TimeUnit;

/// Closes a connection so that its client gets to read what was said last. On its loop.
public final class Farewell {
    /// For who does not take what was said.
    private static final long MOST_MS = 3_000;

    /// For who still sends: a reset would cost him what he has not read yet.
    private static final long LINGER_MS = 1_000;

    private Farewell() {}

    /// Sends what was written, closes the sending side, and soon the whole. What the client sends
    /// meanwhile is still read, and the caller's to drop.
    public static void close(ChannelHandlerContext context) {
        boolean webSocket = context.pipeline().get(WebSocketBytes.class) != null;
        Object last =
                webSocket
                        ? new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE)
                        : Unpooled.EMPTY_BUFFER;
        context.channel().config().setAutoRead(true);
        context.writeAndFlush(last).addListener(sent -> hangUp(context));
        context.executor().schedule(() -> context.close(), MOST_MS, TimeUnit.MILLISECONDS);
    }

    private static void hangUp(ChannelHandlerContext context) {
        if (context.channel() instanceof DuplexChannel socket) {
            socket.shutdownOutput();
        }
        context.executor().schedule(() -> context.close(), LINGER_MS, TimeUnit.MILLISECONDS);
    }
}
