package io.polylog.broker.proof;

import java.lang.management.ManagementFactory;

/// What is alive on this process's heap.
final class HeapUse {
    private static final int LOOKS = 3;

    private HeapUse() {}

    /// Bytes in use after garbage collections: the least of some looks.
    static long bytes() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < LOOKS; i++) {
            System.gc();
            used =
                    Math.min(
                            used,
                            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return used;
    }
}
