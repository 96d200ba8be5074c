package io.polylog.broker.shard;

import java.util.ArrayList;
import java.util.List;

/// What of a subscription is ready to be given to somebody, and in which order: what came back
/// first, then what was never assigned since the shard began to lead, both by offset. Holds offsets
/// only. On the shard's thread.
class Ready {
    final Stream stream;
    final Subscription subscription;

    /// What came back; in other orders whatever is known to be ready. It may hold what is settled
    /// meanwhile.
    final OffsetSet returned;

    /// Everything from here on was never assigned since the shard began to lead.
    long next;

    Ready(Stream stream, Subscription subscription) {
        this(stream, subscription, new OffsetSet(), subscription.settled.floor());
    }

    Ready(Stream stream, Subscription subscription, OffsetSet returned, long next) {
        this.stream = stream;
        this.subscription = subscription;
        this.returned = returned;
        this.next = next;
    }

    /// Whether there may be something.
    boolean mayHold() {
        return next < stream.end || !returned.isEmpty();
    }

    /// How many there are at most.
    long atMost() {
        return returned.size() + stream.end - next;
    }

    /// How many there are.
    long size() {
        return returned.size() + subscription.free(next, stream.end);
    }

    /// Whether there is something for everybody or for nobody.
    boolean sameForAll() {
        return true;
    }

    /// Takes the next offsets for a consumer.
    ///
    /// @param holder whose they will be until they are settled or come back
    /// @param limit most offsets to take
    /// @param run what was taken
    /// @return false when there is nothing
    boolean take(Object holder, long limit, Run run) {
        return takeOldest(limit, run);
    }

    /// Takes the first offsets that are ready, whatever order consumers are served in.
    ///
    /// @param limit most offsets to take
    /// @param run what was taken
    /// @return false when there is nothing
    boolean takeOldest(long limit, Run run) {
        long first = returned.first();
        while (first >= 0) {
            long end = Math.min(first + limit, returned.endOfRun(first));
            boolean owed = subscription.findFree(first, end, run);
            leave(first, owed ? run.end : end);
            if (owed) {
                return true;
            }
            first = returned.first();
        }
        if (!subscription.findFree(next, stream.end, run)) {
            next = stream.end;
            return false;
        }
        run.end = Math.min(run.end, run.first + limit);
        next = run.end;
        return true;
    }

    /// Finds the first offsets of a range that are ready, that follow each other and share an
    /// attempt.
    ///
    /// @return whether there is one; it is in `found`
    boolean findReady(long from, long end, Run found) {
        long back = returned.isEmpty() ? -1 : returned.next(from);
        while (back >= 0 && back < end) {
            long to = Math.min(end, returned.endOfRun(back));
            if (subscription.findFree(back, to, found)) {
                return true;
            }
            back = returned.next(to);
        }
        return subscription.findFree(Math.max(from, next), Math.min(end, stream.end), found);
    }

    /// Takes what [#findReady] found.
    void takeFound(Run found) {
        if (found.first < next) {
            leave(found.first, found.end);
            return;
        }
        long skipped = next;
        next = found.end;
        giveBack(skipped, found.first);
    }

    /// Offsets came back undelivered. Those that were not assigned come by themselves; what is
    /// settled does not come.
    void giveBack(long first, long end) {
        Run run = new Run();
        long position = first;
        while (subscription.findFree(position, Math.min(end, next), run)) {
            enter(run.first, run.end);
            position = run.end;
        }
    }

    /// As [#giveBack] for those whose bits are set.
    void giveBackWord(long first, long mask) {
        long assigned = next - first;
        if (assigned >= Long.SIZE) {
            enterWord(first, mask);
        } else if (assigned > 0) {
            enterWord(first, mask & (1L << assigned) - 1);
        }
    }

    /// A message that somebody had is hidden until [#show].
    void hid(long offset) {}

    /// What was hidden is ready.
    void show(long offset) {
        giveBack(offset, offset + 1);
    }

    /// A settlement named these offsets: those it has settled do not wait any more. One that came
    /// too late for an offset leaves it waiting.
    void settled(long first, long end) {
        long offset = returned.isEmpty() ? -1 : returned.next(first);
        while (offset >= 0 && offset < end) {
            if (subscription.settled.isSettled(offset)) {
                leave(offset, offset + 1);
            }
            offset = returned.next(offset + 1);
        }
    }

    /// These offsets cannot be read: nobody is given them.
    void setAside(long first, long end) {
        leave(first, end);
        if (first <= next) {
            next = Math.max(next, end);
        }
    }

    /// The first offset that is ready, or -1.
    long first(Run run) {
        long first = returned.first();
        while (first >= 0 && subscription.settled.isSettled(first)) {
            first = returned.next(first + 1);
        }
        if (first >= 0) {
            return first;
        }
        return subscription.findFree(next, stream.end, run) ? run.first : -1;
    }

    /// The first that are ready, by offset, without taking them.
    ///
    /// @param limit most runs to give
    List<Assignment> peek(int limit, Run run) {
        List<Assignment> ready = new ArrayList<>();
        long first = returned.first();
        while (first >= 0 && ready.size() < limit) {
            long end = returned.endOfRun(first);
            if (subscription.findFree(first, end, run)) {
                end = run.end;
                ready.add(new Assignment(run.first, run.end, run.attempt, false));
            }
            first = returned.next(end);
        }
        long position = next;
        while (ready.size() < limit && subscription.findFree(position, stream.end, run)) {
            ready.add(new Assignment(run.first, run.end, run.attempt, false));
            position = run.end;
        }
        return ready;
    }

    /// Offsets are ready again.
    void enter(long first, long end) {
        returned.addAll(first, end);
    }

    /// As [#enter], for those whose bits are set.
    void enterWord(long first, long mask) {
        returned.addWord(first, mask);
    }

    /// Offsets are not ready any more, those of them that were.
    void leave(long first, long end) {
        returned.removeAll(first, end);
    }
}
