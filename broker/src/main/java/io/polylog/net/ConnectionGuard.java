package io.polylog.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// First in the pipeline of each connection until its protocol knows who is there: closes the
/// connection when that takes too long or too many bytes. On the connection's loop.
public final class ConnectionGuard extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(ConnectionGuard.class);
    private static final String NAME = "guard";

    private final ConnectionLimits limits;
    private int bytes;
    private @Nullable Future<?> deadline;

    private ConnectionGuard(ConnectionLimits limits) {
        this.limits = limits;
    }

    static void install(Channel channel, ConnectionLimits limits) {
        channel.pipeline().addFirst(NAME, new ConnectionGuard(limits));
    }

    /// The protocol knows who is there: the limits of the handshake no longer hold. On the loop.
    public static void passed(Channel channel) {
        if (channel.pipeline().get(NAME) != null) {
            channel.pipeline().remove(NAME);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        deadline =
                context.executor()
                        .schedule(
                                () -> refuse(context, "no handshake in time"),
                                limits.handshakeMs(),
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof ByteBuf read) {
            bytes += read.readableBytes();
        }
        if (bytes > limits.handshakeBytes()) {
            ReferenceCountUtil.release(message);
            refuse(context, "too many bytes before the handshake was done");
            return;
        }
        context.fireChannelRead(message);
    }

    private static void refuse(ChannelHandlerContext context, String why) {
        log.debug("closing {}: {}", context.channel().remoteAddress(), why);
        context.close();
    }
}
