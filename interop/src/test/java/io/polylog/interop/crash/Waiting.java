package io.polylog.interop.crash;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what must happen.
final class Waiting {
    private Waiting() {}

    /// Looks again and again; says in the end whether it came to be.
    static boolean until(Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            aMoment();
        }
        return true;
    }

    /// A few milliseconds in which the machine is left to others.
    static void aMoment() {
        LockSupport.parkNanos(5_000_000);
    }
}
