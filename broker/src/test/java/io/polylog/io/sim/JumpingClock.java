package io.polylog.io.sim;

import io.polylog.io.Clock;
import io.polylog.io.SystemClock;
import java.util.concurrent.atomic.AtomicLong;

/// The real clock, whose wall time jumps when the test says so. Any thread.
public final class JumpingClock implements Clock {
    private final Clock real = new SystemClock();
    private final AtomicLong offsetMs = new AtomicLong();

    @Override
    public long wallMs() {
        return real.wallMs() + offsetMs.get();
    }

    @Override
    public long nanos() {
        return real.nanos();
    }

    /// Sets the wall clock forward or back, as an operator does.
    public void jumpWallMs(long ms) {
        offsetMs.addAndGet(ms);
    }
}
