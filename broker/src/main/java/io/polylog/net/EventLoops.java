package io.polylog.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.IdentityHashMap;
import java.util.concurrent.TimeUnit;

/// The threads of all connections: epoll where the machine has it, else NIO. Safe from any thread.
public final class EventLoops implements AutoCloseable {
    private static final int MOST_LOOPS = 8;

    /// Chunks of 2 MiB: few connections should not hold much, and a 256 KiB write must still fit.
    private static final int PAGE_BYTES = 8192;

    private static final int CHUNK_ORDER = 8;
    private static final int SMALL_CACHE = 256;
    private static final int NORMAL_CACHE = 64;

    private final boolean epoll = Epoll.isAvailable();
    private final EventLoopGroup group;
    private final ByteBufAllocator allocator;
    private final IdentityHashMap<EventExecutor, LoopTasks> tasks = new IdentityHashMap<>();

    /// One loop per core, up to 8.
    public EventLoops() {
        this(Math.min(MOST_LOOPS, Runtime.getRuntime().availableProcessors()));
    }

    /// @param loops 1 or more
    public EventLoops(int loops) {
        IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        group =
                new MultiThreadIoEventLoopGroup(
                        loops, new DefaultThreadFactory("loop", true), handlers);
        allocator =
                new PooledByteBufAllocator(
                        true, 1, loops, PAGE_BYTES, CHUNK_ORDER, SMALL_CACHE, NORMAL_CACHE, false);
        for (EventExecutor loop : group) {
            tasks.put(loop, new LoopTasks(loop));
        }
    }

    /// As many as are asked for.
    ///
    /// @param loops or 0 for one per core
    public static EventLoops of(int loops) {
        return loops == 0 ? new EventLoops() : new EventLoops(loops);
    }

    /// One of the loops, for what belongs to no connection.
    public EventExecutor next() {
        return group.next();
    }

    EventLoopGroup group() {
        return group;
    }

    ByteBufAllocator allocator() {
        return allocator;
    }

    /// Whether sockets are epoll's, with its options.
    boolean epoll() {
        return epoll;
    }

    Class<? extends ServerChannel> serverChannel() {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    LoopTasks tasksOf(EventExecutor loop) {
        LoopTasks found = tasks.get(loop);
        if (found == null) {
            throw new IllegalArgumentException("not one of these loops: " + loop);
        }
        return found;
    }

    /// Stops the loops, waiting up to 5 s. Close the listeners first.
    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
