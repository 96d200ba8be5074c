package io.polylog.log;

import io.polylog.io.Clock;

/// Notices where records are read from the disk one by one, each a wait of its own, though they lie
/// close together. There it is worth to read what follows along with one of them: the next ones are
/// found in the system's cache. Any thread; two at once may hide a wait from each other.
final class DiskWaits {
    /// How much is read along.
    static final int ALONG_BYTES = 256 << 10;

    /// Slower than memory, faster than any disk.
    private static final long WAIT_NANOS = 40_000;

    private final Clock clock;

    /// Log position of the last read that had to wait.
    private volatile long last = Long.MIN_VALUE;

    DiskWaits(Clock clock) {
        this.clock = clock;
    }

    long nanos() {
        return clock.nanos();
    }

    /// Whether to read on behind a position that was just read.
    ///
    /// @param begunNanos when that began
    boolean readOn(long position, long begunNanos) {
        if (clock.nanos() - begunNanos < WAIT_NANOS) {
            return false;
        }
        long distance = position - last;
        last = position;
        return distance > 0 && distance <= ALONG_BYTES;
    }
}
