package io.polylog.broker.shard;

/// Ready messages in an order that is not theirs by offset: all that is ready is in one set, and
/// what was stored since is taken in before anything is asked for. On the shard's thread.
abstract class SortedReady extends Ready {
    private final Run found = new Run();

    /// Nothing yet; [#takeOver] is to follow.
    SortedReady(Ready before) {
        super(before.stream, before.subscription, new OffsetSet(), before.next);
    }

    /// Goes on from where another order stood.
    final void takeOver(Ready before) {
        long first = before.returned.first();
        while (first >= 0) {
            long end = before.returned.endOfRun(first);
            enter(first, end);
            first = before.returned.next(end);
        }
    }

    /// An offset is ready that was not.
    abstract void entered(long offset);

    /// An offset is not ready any more that was.
    abstract void left(long offset);

    /// What was stored since is ready.
    final void absorb(long end) {
        while (next < end && subscription.findFree(next, end, found)) {
            next = found.end;
            enter(found.first, found.end);
        }
        next = Math.max(next, end);
    }

    @Override
    boolean takeOldest(long limit, Run run) {
        absorb(stream.end);
        return super.takeOldest(limit, run);
    }

    @Override
    void setAside(long first, long end) {
        absorb(end);
        super.setAside(first, end);
    }

    @Override
    void enter(long first, long end) {
        for (long offset = first; offset < end; offset++) {
            if (returned.add(offset)) {
                entered(offset);
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
    void leave(long first, long end) {
        for (long at = returned.next(first); at >= 0 && at < end; at = returned.next(at + 1)) {
            left(at);
        }
        super.leave(first, end);
    }
}
