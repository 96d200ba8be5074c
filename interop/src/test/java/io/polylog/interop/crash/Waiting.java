package io.polylog.interop.crash;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what must happen.
final class Waiting {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Waiting() {}

    /// Looks again and again; says what did not happen when it gives up.
    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + PATIENCE + " for " + what);
            }
            aMoment();
        }
    }

    /// A few milliseconds in which the machine is left to others.
    static void aMoment() {
        LockSupport.parkNanos(5_000_000);
    }
}
