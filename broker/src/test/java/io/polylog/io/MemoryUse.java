package io.polylog.io;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/// What this process holds in memory.
public final class MemoryUse {
    private static final int LOOKS = 3;

    private MemoryUse() {}

    /// Bytes alive on the heap, after garbage collections: the least of some looks.
    public static long heapBytes() {
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

    /// Bytes of buffers outside of the heap.
    public static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }
}
