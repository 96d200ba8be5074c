package io.polylog.broker.shard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Ready messages ordered by key: all that is in flight of a key is with one holder, and each key's
/// messages go in order of offset. What cannot go to who asked waits at its key's lock, where its
/// holder finds it, or anybody once the key is free. What failed and is hidden holds back its key
/// from everybody. When [#MOST_WAITING] wait, or are hidden so, nobody looks further on. On the
/// shard's thread.
final class KeyReady extends Ready {
    /// What waits beyond has been in flight before.
    static final int MOST_WAITING = 65_536;

    private final KeyLocks locks;

    KeyReady(Stream stream, Subscription subscription, OffsetNumbers keys) {
        super(stream, subscription);
        locks = new KeyLocks(keys);
        subscription.settled.eachHidden(offset -> {
            if (subscription.settled.attempt(offset) > 0) {
                locks.block(offset);
            }
        });
    }

    @Override
    boolean sameForAll() {
        return false;
    }

    @Override
    boolean mayHold() {
        return super.mayHold() || locks.size() > 0;
    }

    @Override
    long atMost() {
        return super.atMost() + locks.size();
    }

    @Override
    long size() {
        return super.size() + locks.size();
    }

    @Override
    boolean take(Object holder, long limit, Run run) {
        while (true) {
            long waits = locks.firstFor(holder);
            long other = super.first(run);
            if (waits >= 0 && (other < 0 || waits < other)) {
                if (takeWaiting(waits, run)) {
                    locks.hold(holder, waits);
                    return true;
                }
                continue;
            }
            boolean full = locks.size() + locks.blocked() >= MOST_WAITING && waits < 0;
            if (other >= 0 && full && !locks.mayHold(holder, other)) {
                return false;
            }
            boolean taken = super.takeOldest(limit, run);
            if (taken && keep(holder, run)) {
                return true;
            }
            if (!taken && waits < 0) {
                return false;
            }
        }
    }

    /// Gives as many of a run to a holder as it may have; what it may not have before them waits,
    /// and what is behind them is ready as it was. False when it may have none, or should have one
    /// that waits first.
    private boolean keep(Object holder, Run run) {
        long offset = run.first;
        boolean own = false;
        while (offset < run.end && !own && mayWait(run, offset) && !locks.mayHold(holder, offset)) {
            locks.await(offset);
            own = locks.isFor(holder, offset);
            offset++;
        }
        long first = offset;
        while (offset < run.end && !own && locks.mayHold(holder, offset)) {
            locks.hold(holder, offset);
            offset++;
        }
        enter(offset, run.end);
        run.first = first;
        run.end = offset;
        return offset > first;
    }

    private boolean mayWait(Run run, long offset) {
        return offset == run.first || locks.size() < MOST_WAITING;
    }

    /// Takes what waits; false when it has been settled meanwhile.
    private boolean takeWaiting(long offset, Run run) {
        locks.leave(offset);
        return subscription.findFree(offset, offset + 1, run);
    }

    @Override
    boolean takeOldest(long limit, Run run) {
        while (true) {
            long waits = locks.nextWaiting(0);
            long other = super.first(run);
            if (waits < 0) {
                return super.takeOldest(limit, run);
            }
            boolean taken =
                    (other >= 0 && other < waits)
                            ? super.takeOldest(Math.min(limit, waits - other), run)
                            : takeWaiting(waits, run);
            if (taken) {
                return true;
            }
        }
    }

    @Override
    boolean findReady(long from, long end, Run found) {
        long waits = locks.nextWaiting(from);
        while (waits >= 0 && waits < end && !subscription.findFree(waits, waits + 1, found)) {
            waits = locks.nextWaiting(waits + 1);
        }
        boolean waiting = waits >= 0 && waits < end;
        if (super.findReady(from, waiting ? waits : end, found)) {
            return true;
        }
        return waiting && subscription.findFree(waits, waits + 1, found);
    }

    @Override
    void takeFound(Run found) {
        if (locks.nextWaiting(found.first) == found.first) {
            locks.leave(found.first);
        } else {
            super.takeFound(found);
        }
    }

    @Override
    void enter(long first, long end) {
        for (long offset = first; offset < end; offset++) {
            if (!locks.comesBack(offset)) {
                returned.add(offset);
            }
        }
    }

    @Override
    void enterWord(long first, long mask) {
        for (long left = mask; left != 0; left &= left - 1) {
            long offset = first + Long.numberOfTrailingZeros(left);
            enter(offset, offset + 1);
        }
    }

    @Override
    void hid(long offset) {
        locks.block(offset);
    }

    @Override
    void show(long offset) {
        if (offset >= next) {
            // It comes by itself.
            locks.free(offset);
        }
        super.show(offset);
    }

    @Override
    void settled(long first, long end) {
        super.settled(first, end);
        long held = locks.nextInFlight(first);
        for (; held >= 0 && held < end; held = locks.nextInFlight(held + 1)) {
            if (subscription.settled.isSettled(held)) {
                locks.free(held);
            }
        }
        long waits = locks.nextWaiting(first);
        for (; waits >= 0 && waits < end; waits = locks.nextWaiting(waits + 1)) {
            if (subscription.settled.isSettled(waits)) {
                locks.leave(waits);
            }
        }
    }

    @Override
    void setAside(long first, long end) {
        super.setAside(first, end);
        long held = locks.nextInFlight(first);
        for (; held >= 0 && held < end; held = locks.nextInFlight(held + 1)) {
            locks.free(held);
        }
        long waits = locks.nextWaiting(first);
        for (; waits >= 0 && waits < end; waits = locks.nextWaiting(waits + 1)) {
            locks.leave(waits);
        }
    }

    @Override
    long first(Run run) {
        long other = super.first(run);
        long waits = locks.nextWaiting(0);
        return waits < 0 || (other >= 0 && other < waits) ? other : waits;
    }

    @Override
    List<Assignment> peek(int limit, Run run) {
        List<Assignment> ready = new ArrayList<>(super.peek(limit, run));
        long waits = locks.nextWaiting(0);
        for (int i = 0; i < limit && waits >= 0; i++) {
            if (subscription.findFree(waits, waits + 1, run)) {
                ready.add(new Assignment(run.first, run.end, run.attempt, false));
            }
            waits = locks.nextWaiting(waits + 1);
        }
        ready.sort(Comparator.comparingLong(Assignment::first));
        return ready.size() <= limit ? ready : List.copyOf(ready.subList(0, limit));
    }
}
