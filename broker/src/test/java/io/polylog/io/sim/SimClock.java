package io.polylog.io.sim;

import io.polylog.io.Clock;

/// Time that stands still until the test moves it. Any thread.
public final class SimClock implements Clock {
    private static final long NANOS_PER_MS = 1_000_000;

    private long nanos = 1;
    private long wallOffsetMs = 1_700_000_000_000L;

    @Override
    public synchronized long wallMs() {
        return wallOffsetMs + nanos / NANOS_PER_MS;
    }

    @Override
    public synchronized long nanos() {
        return nanos;
    }

    /// Lets time pass.
    public synchronized void advanceNanos(long passed) {
        if (passed < 0) {
            throw new IllegalArgumentException("time only goes on: " + passed);
        }
        nanos += passed;
    }

    /// Sets the wall clock forward or back, as an operator does.
    public synchronized void jumpWallMs(long ms) {
        wallOffsetMs += ms;
    }
}
