package io.polylog.broker.shard;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// How many deliveries a consumer may still get. Its shards take from it, its loop puts back;
/// shared by all lanes of a consumer that covers several partitions. Where consumers keep to a
/// limit together, each takes within its share of it besides, which the loop hands out. Any thread.
public final class CreditPool {
    private final AtomicLong available;
    private final @Nullable AtomicLong share;
    private volatile boolean starved;
    private volatile boolean told;
    private volatile boolean gaveBack;

    private CreditPool(long credit, @Nullable AtomicLong share) {
        available = new AtomicLong(credit);
        this.share = share;
    }

    /// Of a consumer by itself.
    public static CreditPool alone(long credit) {
        return new CreditPool(credit, null);
    }

    /// Of one among several; its share is empty at first.
    public static CreditPool sharing(long credit) {
        return new CreditPool(credit, new AtomicLong());
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
        int own = take(available, wanted);
        if (own == 0 || share == null) {
            return own;
        }
        int both = take(share, own);
        available.addAndGet(own - both);
        return both;
    }

    private static int take(AtomicLong from, long wanted) {
        while (true) {
            long now = from.get();
            int take = (int) Math.clamp(now, 0, Math.min(wanted, Integer.MAX_VALUE));
            if (take == 0 || from.compareAndSet(now, now - take)) {
                return take;
            }
        }
    }

    public boolean isEmpty() {
        return available() <= 0;
    }

    /// Puts back what was taken and not used.
    public void giveBack(long count) {
        raise(count);
        grant(count);
        if (count > 0 && share != null) {
            gaveBack = true;
        }
    }

    /// Whether something was put back that others may want, since this was last asked. By its
    /// shards.
    boolean takeGaveBack() {
        boolean was = gaveBack;
        gaveBack = false;
        return was;
    }

    /// Gives the consumer itself more, or takes away when its credit was lowered: then the pool may
    /// stand below zero.
    public void raise(long count) {
        available.addAndGet(count);
    }

    /// Gives more of the limit that it shares.
    public void grant(long count) {
        if (share != null) {
            share.addAndGet(count);
        }
    }

    /// Takes back what it has not used of the limit that it shares.
    public long reclaim() {
        return share == null ? 0 : share.getAndSet(0);
    }

    /// How much there is now.
    public long available() {
        long own = available.get();
        return share == null ? own : Math.min(own, share.get());
    }

    boolean isStarved() {
        return starved;
    }

    /// Whether it found nothing, and only because its share is empty.
    public boolean wantsShare() {
        return starved && share != null && share.get() <= 0 && available.get() > 0;
    }

    /// As [#wantsShare], but true once only until it is starved anew.
    boolean tellsWant() {
        boolean news = !told && wantsShare();
        told |= news;
        return news;
    }

    /// Whether somebody got nothing since this was last asked.
    public boolean takeStarved() {
        if (!starved) {
            return false;
        }
        starved = false;
        told = false;
        return true;
    }
}
