package io.polylog.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/// Accepts the connections of one protocol on one address. Safe from any thread, but not to be
/// called on an event loop.
public final class Listener implements AutoCloseable {
    private static final int BACKLOG = 1024;
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(64 * 1024, 256 * 1024);

    /// What the system takes of what the client's window does not: else it holds up to 4 MiB more
    /// for a client that does not read, and the broker remembers each message in there.
    private static final long UNSENT_BYTES = 256 * 1024;

    /// The event that tells every open connection of a listener that the broker is going down: it
    /// says good-bye in its protocol's words and closes. What is still open later is cut.
    public enum Stopping {
        STOPPING
    }

    private final Channel server;
    private final ChannelGroup connections;

    private Listener(Channel server, ChannelGroup connections) {
        this.server = server;
        this.connections = connections;
    }

    /// Opens the listener.
    ///
    /// @param address its port may be 0, which takes a free one: see [#address]
    /// @param registry where its connections are to be found
    /// @throws IOException if the address cannot be had
    public static Listener open(
            EventLoops loops,
            Protocol protocol,
            InetSocketAddress address,
            ConnectionLimits limits,
            Connections registry)
            throws IOException {
        ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loops.group())
                        .channel(loops.serverChannel())
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.ALLOCATOR, loops.allocator())
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                        .childHandler(new Greeter(loops, protocol, connections, limits, registry));
        if (loops.epoll()) {
            bootstrap.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, UNSENT_BYTES);
        }
        var bind = bootstrap.bind(address).awaitUninterruptibly();
        if (!bind.isSuccess()) {
            throw new IOException(
                    "cannot listen for " + protocol.name() + " on " + address, bind.cause());
        }
        return new Listener(bind.channel(), connections);
    }

    /// Where it listens.
    public InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    /// Connections open now.
    public int connections() {
        return connections.size();
    }

    /// Accepts no more; open connections stay.
    public void stopAccepting() {
        server.close().awaitUninterruptibly();
    }

    /// Stops accepting, lets every connection say good-bye for up to `graceMs`, then cuts what is
    /// left.
    public void stop(long graceMs) {
        stopAccepting();
        for (Channel connection : connections) {
            connection.pipeline().fireUserEventTriggered(Stopping.STOPPING);
        }
        connections.newCloseFuture().awaitUninterruptibly(graceMs, TimeUnit.MILLISECONDS);
        connections.close().awaitUninterruptibly();
    }

    /// Stops accepting and cuts all connections.
    @Override
    public void close() {
        stop(0);
    }

    /// Sets up each accepted connection, on its loop.
    private static final class Greeter extends ChannelInitializer<Channel> {
        private final EventLoops loops;
        private final Protocol protocol;
        private final ChannelGroup connections;
        private final ConnectionLimits limits;
        private final Connections registry;

        Greeter(
                EventLoops loops,
                Protocol protocol,
                ChannelGroup connections,
                ConnectionLimits limits,
                Connections registry) {
            this.loops = loops;
            this.protocol = protocol;
            this.connections = connections;
            this.limits = limits;
            this.registry = registry;
        }

        @Override
        protected void initChannel(Channel channel) {
            if (connections.size() >= limits.maxConnections()) {
                channel.close();
                return;
            }
            connections.add(channel);
            registry.opened(channel, protocol.name());
            loops.tasksOf(channel.eventLoop()).attachTo(channel);
            ConnectionGuard.install(channel, limits);
            protocol.accept(channel.pipeline());
        }
    }
}
