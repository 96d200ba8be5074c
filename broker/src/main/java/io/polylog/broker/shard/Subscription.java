package io.polylog.broker.shard;

import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.Policies;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.machine.Cell;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a subscription of a stream is owed: everything it has not settled. Small while nobody uses
/// it: [Dispatch] is made for its first consumer.
class Subscription extends Cell {
    /// Bits of the cell.
    private static final int PAUSED = 128;

    private static final int AGAIN = 64;
    private static final int NARROW = 32;
    private static final int HANDLED = 16;
    private static final int NOTED = 8;

    final long id;
    final String name;
    final SettledSet settled;

    /// Nobody is given anything.
    boolean paused;

    /// Volatile: the stream's end when the shard began to lead; 0 for one made since. What is
    /// unsettled below may have been delivered before.
    long endAtLeading;

    /// What transactions hold that are not resolved; null for nothing. Their cells have it.
    private @Nullable OffsetSet held;

    /// Volatile: who is served.
    @Nullable Dispatch dispatch;

    Subscription(long id, String name, long floor) {
        this.id = id;
        this.name = name;
        this.settled = new SettledSet(id, floor);
    }

    /// One that wants what `interest` says.
    static Subscription of(long id, long round, String name, long floor, Interest interest) {
        return interest.isAll() && round == 0
                ? new Subscription(id, name, floor)
                : new NarrowSubscription(id, round, name, floor, interest);
    }

    /// What names deliveries of it by a leader: no other subscription that has or had its id has
    /// any such.
    long epoch(long leader) {
        return SettleCommand.epoch(leader, round());
    }

    /// How many subscriptions of the stream had its id before.
    long round() {
        return 0;
    }

    /// The subscription of a queue itself.
    boolean isOwn() {
        return name.equals(LifecycleApply.OWN);
    }

    /// Which of a stream's messages it wants, and for how long: a queue's policy says so for its
    /// own.
    Interest interest(Stream stream) {
        return isOwn()
                ? new Interest(stream.policy.service().filter(), stream.policy.expiry().messageMs())
                : named();
    }

    /// How often a message may come back; -1 for ever.
    int retryLimit(Stream stream) {
        return isOwn() ? stream.policy.retry().limit() : named().retryLimit();
    }

    Filter filter(Stream stream) {
        return isOwn() ? stream.policy.service().filter() : named().filter();
    }

    /// Whether its filter lets a message of the stream through, as far as its subject tells.
    boolean fits(Stream stream, long offset) {
        return true;
    }

    /// It is gone.
    void forgetFit(Stream stream) {}

    /// Whether messages leave it that have waited too long.
    boolean expires(Stream stream) {
        return isOwn() ? stream.expires() : named().messageMs() >= 0;
    }

    /// A transaction holds offsets, or does not any more.
    void hold(long first, long end, boolean holds) {
        OffsetSet all = held == null ? new OffsetSet() : held;
        if (holds) {
            all.addAll(first, end);
        } else {
            all.removeAll(first, end);
        }
        held = all.isEmpty() ? null : all;
    }

    /// Whether a transaction holds anything.
    boolean isHeld() {
        return held != null;
    }

    /// It and what it is made of.
    void cells(List<Cell> into) {
        into.add(this);
        for (int place = 0; place < settled.pageCount(); place++) {
            Cell page = settled.pageAt(place);
            if (page != null) {
                into.add(page);
            }
        }
    }

    /// Whether all these offsets are unsettled, stand at `attempt`, and no transaction holds any.
    boolean owes(long first, long end, int attempt, long streamEnd) {
        Run run = new Run();
        long position = first;
        while (position < end
                && findFree(position, Math.min(end, streamEnd), run)
                && run.first == position
                && run.attempt == attempt) {
            position = run.end;
        }
        return position == end;
    }

    /// As [SettledSet#find], but for what is hidden or a transaction holds.
    boolean findFree(long from, long limit, Run found) {
        long position = from;
        while (settled.find(position, limit, found)) {
            if (settled.hiddenCount() > 0 && !settled.cutToShown(found)) {
                position = found.end;
                continue;
            }
            long taken = held == null ? -1 : held.next(found.first);
            if (held == null || taken < 0 || taken >= found.end) {
                return true;
            }
            if (taken > found.first) {
                found.end = taken;
                return true;
            }
            position = held.endOfRun(taken);
        }
        return false;
    }

    /// How many messages wait to be given to somebody.
    long ready(long streamEnd) {
        return dispatch == null ? free(settled.floor(), streamEnd) : dispatch.ready();
    }

    /// How many offsets from `from` to `end` (excluded) [#findFree] finds.
    long free(long from, long end) {
        if (settled.hiddenCount() > 0) {
            return counted(from, end);
        }
        long count = settled.unsettled(from, end);
        if (held != null) {
            for (long each = held.next(from); each >= 0 && each < end; each = held.next(each + 1)) {
                count -= settled.isSettled(each) ? 0 : 1;
            }
        }
        return count;
    }

    private long counted(long from, long end) {
        long count = 0;
        Run run = new Run();
        long position = from;
        while (findFree(position, end, run)) {
            count += run.end - run.first;
            position = run.end;
        }
        return count;
    }

    @Override
    public int kind() {
        return CellKind.SUBSCRIPTION;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(id).text(name).number(settled.floor());
        Interest named = named();
        out.octet(
                (paused ? PAUSED : 0)
                        | (round() > 0 ? AGAIN : 0)
                        | (named.isAll() ? 0 : NARROW)
                        | (named.isHandled() ? HANDLED : 0)
                        | (named.note().isEmpty() ? 0 : NOTED));
        if (round() > 0) {
            out.number(round());
        }
        if (!named.isAll()) {
            Policies.encode(out, named);
        }
        if (named.isHandled()) {
            Policies.encodeHandling(out, named);
        }
        if (!named.note().isEmpty()) {
            out.text(named.note());
        }
    }

    /// What it was made for.
    Interest named() {
        return Interest.ALL;
    }

    /// Takes back what [#encode] wrote behind the id.
    static Subscription decode(long id, HeadReader in) {
        String name = in.text();
        long floor = in.number();
        int said = in.octet();
        long round = (said & AGAIN) == 0 ? 0 : in.number();
        Interest interest = (said & NARROW) == 0 ? Interest.ALL : Policies.interest(in);
        interest = (said & HANDLED) == 0 ? interest : Policies.handled(in, interest);
        interest = (said & NOTED) == 0 ? interest : interest.noted(in.text());
        Subscription subscription = of(id, round, name, floor, interest);
        subscription.paused = (said & PAUSED) != 0;
        return subscription;
    }
}
