package io.polylog.net;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// What a client was to hear live and its socket did not take yet, in order, in memory: so much for
/// one client, and so much for all together. On the connection's loop.
public final class Backlog<T> {
    /// Most that waits for one client.
    private static final long MOST_BYTES = 32 << 20;

    /// Most that waits for all of them, but for a little that each may always have. Counted for
    /// each, though those who wait for the same message share it.
    private static final long MOST_TOGETHER_BYTES = 64 << 20;

    private static final long ALWAYS_BYTES = 16 << 10;

    /// What one takes beside its bytes, about.
    private static final int OVERHEAD_BYTES = 256;

    private final AtomicLong together;
    private final ToLongFunction<T> bytesOf;
    private final Deque<T> waiting = new ArrayDeque<>(0);
    private long bytes;

    /// @param together bytes that wait for all clients
    /// @param bytesOf what is waiting, the same each time
    public Backlog(AtomicLong together, ToLongFunction<T> bytesOf) {
        this.together = together;
        this.bytesOf = bytesOf;
    }

    public boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// Keeps one more, unless there is no room.
    ///
    /// @return whether it is kept
    public boolean add(T heard) {
        long more = weight(heard);
        boolean fits = bytes + more <= MOST_BYTES && together.get() + more <= MOST_TOGETHER_BYTES;
        if (!fits && bytes + more > ALWAYS_BYTES) {
            return false;
        }
        waiting.add(heard);
        bytes += more;
        together.addAndGet(more);
        return true;
    }

    /// The next one, or null.
    public @Nullable T poll() {
        T next = waiting.poll();
        if (next != null) {
            long less = weight(next);
            bytes -= less;
            together.addAndGet(-less);
        }
        return next;
    }

    /// How many wait.
    public int size() {
        return waiting.size();
    }

    /// The client has gone.
    public void clear() {
        together.addAndGet(-bytes);
        bytes = 0;
        waiting.clear();
    }

    private long weight(T heard) {
        return OVERHEAD_BYTES + bytesOf.applyAsLong(heard);
    }
}
