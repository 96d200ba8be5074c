package io.polylog.protocol.webhook;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// When a webhook may send its next request: not more a second than it may, not before its receiver
/// wants, and one at a time, seldom, while nobody answers. Times in nanoseconds of one clock. On
/// its webhook's loop.
final class Pace {
    /// So many times without an answer, and the receiver counts as down.
    static final int DOWN_AFTER = 5;

    private static final long FIRST_PROBE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long MOST_PROBE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int JITTER_PARTS = 5;

    private final int concurrency;
    private final int ratePerSecond;
    private final LongSupplier random;

    private double allowance = 1;
    private long countedNanos;
    private long heldUntilNanos;
    private int unanswered;
    private long probeNanos = FIRST_PROBE_NANOS;

    /// @param ratePerSecond 0 for no limit
    /// @param random any of the 2^64 values
    Pace(int concurrency, int ratePerSecond, long nowNanos, LongSupplier random) {
        this.concurrency = concurrency;
        this.ratePerSecond = ratePerSecond;
        this.random = random;
        countedNanos = nowNanos;
        heldUntilNanos = nowNanos;
    }

    boolean isDown() {
        return unanswered >= DOWN_AFTER;
    }

    /// Takes leave to send one more request: gives 0 if it may go now, else how long to wait, or
    /// Long.MAX_VALUE: until another one is over.
    ///
    /// @param underWay requests
    long take(int underWay, long nowNanos) {
        if (underWay >= (isDown() ? 1 : concurrency)) {
            return Long.MAX_VALUE;
        }
        if (heldUntilNanos - nowNanos > 0) {
            return heldUntilNanos - nowNanos;
        }
        return ratePerSecond == 0 ? 0 : takeOfRate(nowNanos);
    }

    /// A bucket that holds what may go in a tenth of a second.
    private long takeOfRate(long nowNanos) {
        double perNano = (double) ratePerSecond / SECOND_NANOS;
        double most = Math.max(1, ratePerSecond / 10.0);
        allowance = Math.min(most, allowance + (nowNanos - countedNanos) * perNano);
        countedNanos = nowNanos;
        if (allowance >= 1) {
            allowance--;
            return 0;
        }
        return Math.max(1, (long) Math.ceil((1 - allowance) / perNano));
    }

    /// Nothing more before that time has gone.
    void hold(long nanos, long nowNanos) {
        long until = nowNanos + nanos;
        heldUntilNanos = until - heldUntilNanos > 0 ? until : heldUntilNanos;
    }

    /// The receiver answered.
    void answered() {
        unanswered = 0;
        probeNanos = FIRST_PROBE_NANOS;
    }

    /// Nobody did.
    void unanswered(long nowNanos) {
        unanswered++;
        if (isDown()) {
            hold(jittered(probeNanos), nowNanos);
            probeNanos = Math.min(MOST_PROBE_NANOS, 2 * probeNanos);
        }
    }

    /// A time that is up to a fifth shorter.
    private long jittered(long nanos) {
        return nanos - Math.floorMod(random.getAsLong(), nanos / JITTER_PARTS);
    }
}
