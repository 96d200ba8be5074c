package io.polylog.log;

/// Decides when the next commit starts: at once for few requesters, who wait for each commit alone;
/// in groups for many, where a commit more costs more than it hastens. Log's thread.
final class Pacer {
    private static final int FEW = 2;

    private final long paceNanos;
    private final long relaxedNanos;
    private long lastStart;
    private int lastAnswered;
    private int answeredBefore;
    private long relaxedDue = Long.MAX_VALUE;

    Pacer(LogConfig config, long nowNanos) {
        paceNanos = config.pace().toNanos();
        relaxedNanos = config.relaxed().toNanos();
        lastStart = nowNanos - paceNanos;
    }

    /// Nanoseconds until a commit with somebody waiting may start.
    long waitNanos(long nowNanos) {
        if (lastAnswered <= FEW && answeredBefore <= FEW) {
            return 0;
        }
        return Math.max(0, lastStart + paceNanos - nowNanos);
    }

    /// Nanoseconds until a commit must start though nobody waits for it.
    long relaxedWaitNanos(long nowNanos) {
        if (relaxedDue == Long.MAX_VALUE) {
            relaxedDue = nowNanos + relaxedNanos;
        }
        return Math.max(0, relaxedDue - nowNanos);
    }

    /// A commit is over.
    ///
    /// @param startNanos when it began
    /// @param requests how many waiting batches it answered
    void ran(long startNanos, int requests) {
        lastStart = startNanos;
        relaxedDue = Long.MAX_VALUE;
        answeredBefore = lastAnswered;
        lastAnswered = requests;
    }
}
