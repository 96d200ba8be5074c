package io.polylog.protocol.nats;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What a client was to get and its socket did not take yet, in order, in memory: so much for one
/// client, and so much for all together. On the loop.
final class Backlog {
    /// Most that waits for one client.
    private static final long MOST_BYTES = 32 << 20;

    /// Most that waits for all of them, but for a little that each may always have. Counted for
    /// each, though those who wait for the same message share it.
    private static final long MOST_TOGETHER_BYTES = 64 << 20;

    private static final long ALWAYS_BYTES = 256 << 10;

    /// What a message takes beside its bytes, about.
    private static final int OVERHEAD_BYTES = 256;

    private final AtomicLong together;
    private final Deque<Waiting> waiting = new ArrayDeque<>(0);
    private long bytes;

    /// One message for a subscription.
    record Waiting(NatsContent message, byte[] sid) {
        private long weight() {
            return OVERHEAD_BYTES
                    + (long) message.subjectsLength()
                    + message.headersLength()
                    + message.payloadLength();
        }
    }

    /// @param together bytes that wait for all clients
    Backlog(AtomicLong together) {
        this.together = together;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// Keeps a message, unless there is no room.
    ///
    /// @return whether it is kept
    boolean add(Waiting message) {
        long more = message.weight();
        boolean fits = bytes + more <= MOST_BYTES && together.get() + more <= MOST_TOGETHER_BYTES;
        if (!fits && bytes + more > ALWAYS_BYTES) {
            return false;
        }
        waiting.add(message);
        bytes += more;
        together.addAndGet(more);
        return true;
    }

    /// The next one, or null.
    @Nullable Waiting poll() {
        Waiting next = waiting.poll();
        if (next != null) {
            bytes -= next.weight();
            together.addAndGet(-next.weight());
        }
        return next;
    }

    /// How many wait.
    int size() {
        return waiting.size();
    }

    /// The client has gone.
    void clear() {
        together.addAndGet(-bytes);
        bytes = 0;
        waiting.clear();
    }
}
