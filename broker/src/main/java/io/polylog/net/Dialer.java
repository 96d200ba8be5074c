package io.polylog.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;

/// Opens connections to others. Any thread; nothing blocks.
public final class Dialer {
    private final EventLoops loops;

    /// @param loops that serve the connections
    public Dialer(EventLoops loops) {
        this.loops = loops;
    }

    /// Connects to that very address.
    ///
    /// @param loop one of the loops: what is called back is called there
    /// @param to an address, not a name
    /// @param timeoutMs after which it has failed
    /// @param first sets up the connection
    public ChannelFuture connect(
            EventExecutor loop, InetSocketAddress to, int timeoutMs, ChannelHandler first) {
        Class<? extends SocketChannel> kind =
                loops.epoll() ? EpollSocketChannel.class : NioSocketChannel.class;
        return new Bootstrap()
                .group((EventLoop) loop)
                .channel(kind)
                .disableResolver()
                .option(ChannelOption.ALLOCATOR, loops.allocator())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeoutMs)
                .handler(first)
                .connect(to);
    }
}
