package io.polylog.protocol.nats.jetstream.consumers;

/// When the next message may go: as fast as it may, or as the messages were published. On the home
/// loop.
public final class Pace {
    private static final double MS = 1000;

    private final long bitsPerSecond;

    /// One past the last offset that goes as it was published.
    private final long replayEnd;

    private double freeAtMs;
    private long sentAtMs;
    private long publishedAtMs = -1;

    /// @param bitsPerSecond 0 for no limit
    /// @param replayEnd one past the last offset that goes at the pace of its publishing
    Pace(long bitsPerSecond, long replayEnd) {
        this.bitsPerSecond = bitsPerSecond;
        this.replayEnd = replayEnd;
    }

    /// How long a message has to wait yet.
    ///
    /// @param timeMs when it was published
    long waitMs(long offset, long timeMs, long nowMs) {
        double due = freeAtMs;
        if (offset < replayEnd && publishedAtMs >= 0) {
            due = Math.max(due, (double) sentAtMs + timeMs - publishedAtMs);
        }
        return (long) Math.ceil(due - nowMs);
    }

    /// A message went.
    void sent(long timeMs, long bytes, long nowMs) {
        sentAtMs = nowMs;
        publishedAtMs = timeMs;
        if (bitsPerSecond > 0) {
            freeAtMs = Math.max(freeAtMs, (double) nowMs) + bytes * Byte.SIZE * MS / bitsPerSecond;
        }
    }
}
