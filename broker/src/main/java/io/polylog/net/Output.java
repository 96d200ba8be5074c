package io.polylog.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/// What a connection is about to send: everything of one turn of the loop goes into one buffer and
/// out with one write. On the connection's loop.
public final class Output {
    private static final int LEAST_BUFFER = 512;
    private static final int FULL = 64 << 10;

    /// Room for a last small message, so that the buffer need not double for it.
    private static final int FULL_BUFFER = 80 << 10;

    /// Answers a client asked for and does not read: above this its requests are not read either.
    private static final int TOO_MUCH = 1 << 20;

    private final ChannelHandlerContext context;
    private final LoopTasks tasks;
    private final Runnable turn;
    private @Nullable ByteBuf buffer;
    private int lastSize = LEAST_BUFFER;
    private boolean turnAsked;
    private boolean wrote;

    /// @param turn runs at the end of each round in which something was asked for; calls [#flush]
    public Output(ChannelHandlerContext context, Runnable turn) {
        this.context = context;
        this.turn = turn;
        tasks = LoopTasks.of(context.channel());
    }

    /// Makes the turn run when this round of the loop is over.
    public void askTurn() {
        if (!turnAsked) {
            turnAsked = true;
            tasks.endOfRound(turn);
        }
    }

    /// The buffer to append to; it goes out with this turn.
    public ByteBuf buffer() {
        ByteBuf now = buffer;
        if (now != null && now.readableBytes() >= FULL) {
            hand(now);
            now = null;
        }
        if (now == null) {
            now = context.alloc().directBuffer(lastSize);
            buffer = now;
            askTurn();
        }
        return now;
    }

    /// Whether the connection takes more deliveries.
    public boolean writable() {
        return context.channel().isWritable();
    }

    /// Whether so much waits to go out that nothing more should be asked.
    public boolean overfull() {
        return pendingBytes() > TOO_MUCH;
    }

    /// Bytes that were handed to the socket and are not taken yet.
    public long pendingBytes() {
        var pending = context.channel().unsafe().outboundBuffer();
        return pending == null ? 0 : pending.totalPendingWriteBytes();
    }

    private void hand(ByteBuf full) {
        int size = full.readableBytes();
        lastSize = size >= FULL ? FULL_BUFFER : Math.max(size, LEAST_BUFFER);
        buffer = null; // first: a channel may run what is due while it writes
        wrote = true;
        context.write(full);
    }

    /// Sends what there is, and tells whether there was something.
    public boolean flush() {
        turnAsked = false;
        if (buffer != null && buffer.isReadable()) {
            hand(buffer);
        }
        boolean any = wrote;
        if (any) {
            wrote = false;
            context.flush();
        }
        return any;
    }

    /// Lets go of what is not sent.
    public void close() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }
}
