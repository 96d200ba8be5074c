package io.polylog.broker.shard;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// How many deliveries a consumer may still get. Its shards take from it, its loop puts back;
/// shared by all lanes of a consumer that covers several partitions. What it takes it takes from a
/// second pool too, where consumers share a limit. Any thread.
public final class CreditPool {
    private final AtomicLong available;
    private final @Nullable CreditPool shared;
    private volatile boolean starved;

    public CreditPool(long credit) {
        this(credit, null);
    }

    /// @param shared taken from at the same time, or null
    public CreditPool(long credit, @Nullable CreditPool shared) {
        available = new AtomicLong(credit);
        this.shared = shared;
    }

    /// Takes up to `wanted`; less when there is not more. When there is nothing the pool is
    /// starved.
    public int acquire(long wanted) {
        while (true) {
            int taken = takeOfBoth(wanted);
            if (taken > 0 || starved) {
                return taken;
            }
            // Looks again, so that what is put back meanwhile is either seen or wakes us.
            starved = true;
        }
    }

    private int takeOfBoth(long wanted) {
        int own = take(wanted);
        if (own == 0 || shared == null) {
            return own;
        }
        int both = shared.take(own);
        if (both == 0) {
            shared.starved = true;
            both = shared.take(own);
        }
        available.addAndGet(own - both);
        return both;
    }

    private int take(long wanted) {
        while (true) {
            long now = available.get();
            int take = (int) Math.clamp(now, 0, Math.min(wanted, Integer.MAX_VALUE));
            if (take == 0 || available.compareAndSet(now, now - take)) {
                return take;
            }
        }
    }

    public boolean isEmpty() {
        return available() <= 0;
    }

    /// Puts back what was taken.
    public void release(long count) {
        available.addAndGet(count);
        releaseShared(count);
    }

    /// Puts back into the shared pool alone: the consumer itself gets no more.
    public void releaseShared(long count) {
        if (shared != null) {
            shared.release(count);
        }
    }

    /// Gives more, or takes away when the credit was lowered: then the pool may stand below zero.
    public void raise(long count) {
        available.addAndGet(count);
    }

    /// How much there is now.
    public long available() {
        long own = available.get();
        return shared == null ? own : Math.min(own, shared.available());
    }

    boolean isStarved() {
        return starved || (shared != null && shared.starved);
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
