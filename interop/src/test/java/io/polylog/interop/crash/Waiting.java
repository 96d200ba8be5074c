package io.polylog.interop.crash;

import io.polylog.harness.Ledger;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for what must happen.
final class Waiting {
    private static final int MOST_ON_THE_WAY = 1_000;

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

    /// Whether more is on its way than its consumer should be left with: what is owed in the end
    /// must arrive while there is patience.
    static boolean isAhead(Ledger ledger) {
        return ledger.accepted() - ledger.arrived() > MOST_ON_THE_WAY;
    }
}
