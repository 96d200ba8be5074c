package io.polylog.broker.shard;

import java.util.concurrent.atomic.AtomicLong;

/// How many deliveries a consumer may still get. Its shards take from it, its loop puts back;
/// shared by all lanes of a consumer that covers several partitions. Any thread.
public final class CreditPool {
    private final AtomicLong available;
    private volatile boolean starved;

    public CreditPool(long credit) {
        available = new AtomicLong(credit);
    }

    /// Takes up to `wanted`; less when there is not more. When there is nothing the pool is
    /// starved.
    public int acquire(long wanted) {
        while (true) {
            long now = available.get();
            int take = (int) Math.clamp(now, 0, Math.min(wanted, Integer.MAX_VALUE));
            if (take > 0) {
                if (available.compareAndSet(now, now - take)) {
                    return take;
                }
            } else if (starved) {
                return 0;
            } else {
                // Looks again, so that what is put back meanwhile is either seen or wakes us.
                starved = true;
            }
        }
    }

    public boolean isEmpty() {
        return available.get() <= 0;
    }

    /// Puts back, or takes away when the credit was lowered: then the pool may stand below zero.
    public void release(long count) {
        available.addAndGet(count);
    }

    /// How much there is now.
    public long available() {
        return available.get();
    }

    boolean isStarved() {
        return starved;
    }

    /// Whether somebody got nothing since this was last asked.
    public boolean takeStarved() {
        if (!starved) {
            return false;
        }
        starved = false;
        return true;
    }
}
