package io.polylog.broker.core;

import java.util.ArrayDeque;
import java.util.Deque;

/// What a session may have read and settled ahead of sending it, all its consumers together: each
/// of a thousand consumers may read when it is its turn. On the session's loop.
final class AheadRoom {
    /// Nobody reads more while so much is there.
    private static final int MOST_BYTES = 256 * 1024;

    private final Deque<Lane> waiting = new ArrayDeque<>(0);
    private long usedBytes;

    /// Whether there is room; if not, the lane hears when there is.
    boolean isThere(Lane lane) {
        if (usedBytes < MOST_BYTES) {
            return true;
        }
        waiting.add(lane);
        return false;
    }

    void take(long bytes) {
        usedBytes += bytes;
    }

    void giveBack(long bytes) {
        usedBytes -= bytes;
        // As many as may find room: who reads little leaves some to the next.
        for (int i = waiting.size(); i > 0 && usedBytes < MOST_BYTES; i--) {
            waiting.remove().roomIsThere();
        }
    }
}
