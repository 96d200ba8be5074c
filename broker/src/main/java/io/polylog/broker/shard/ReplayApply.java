package io.polylog.broker.shard;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.command.ResetCommand;
import io.polylog.broker.command.TrimCommand.Cause;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.machine.Result.Value;
import java.nio.ByteBuffer;

/// Applies what gives settled messages to a subscription once more, and what lets a queue forget
/// those that it keeps.
final class ReplayApply {
    private static final Failed NOTHING_KEPT =
            new Failed(Kind.INVALID, "it keeps nothing that is settled");

    private final ShardState state;
    private final SettleApply settles;

    ReplayApply(ShardState state, SettleApply settles) {
        this.state = state;
        this.settles = settles;
    }

    /// Owes a subscription again what it has settled. What is in flight stays with whom it is; what
    /// is on its way to the dead letters, or elsewhere, goes there.
    void reset(int place, ByteBuffer head) {
        ResetCommand command = ResetCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        Subscription subscription = stream == null ? null : stream.subscription(command.name());
        if (stream == null || subscription == null) {
            state.result(place, new Failed(Kind.NOT_FOUND, "the subscription is gone"));
            return;
        }
        boolean keeps = stream.untilSettled() ? stream.keepsSettled() : !subscription.isOwn();
        if (!keeps) {
            state.result(place, NOTHING_KEPT);
            return;
        }
        long from = Math.max(command.from(), stream.limitedFrom());
        state.touch(stream);
        state.cells.touch(subscription);
        long[] count = new long[1];
        if (from < stream.end) {
            unsettle(
                    stream,
                    subscription,
                    from,
                    (first, end) -> {
                        count[0] += end - first;
                        revived(stream, subscription, first, end);
                    });
        }
        if (state.leading) {
            state.removals.reset(count[0]);
        }
        state.result(place, new Value(count[0]));
    }

    private void unsettle(Stream stream, Subscription subscription, long from, Stream.Range sink) {
        SettledSet settled = subscription.settled;
        Subscription own = stream.subscription(LifecycleApply.OWN);
        if (stream.removable() && own != null) {
            settled.unsettle(
                    from,
                    stream.end,
                    state.cells,
                    (first, end) -> own.settled.eachUnsettled(first, end, sink));
            stream.eachSettled(
                    from, stream.end, (first, end) -> settled.settle(first, end, 0, state.cells));
            return;
        }
        Outbox sends = subscription.isOwn() ? stream.outbox : null;
        if (sends == null) {
            settled.unsettle(from, stream.end, state.cells, sink);
            return;
        }
        settled.unsettle(
                from, stream.end, state.cells, (first, end) -> sends.eachOther(first, end, sink));
        sends.each(from, stream.end, (first, end) -> settled.settle(first, end, 0, state.cells));
    }

    private static void revived(Stream stream, Subscription subscription, long first, long end) {
        if (subscription.isOwn()) {
            stream.reweigh(first, end);
        }
        if (subscription.dispatch != null) {
            subscription.dispatch.revived(first, end);
        }
    }

    /// A queue keeps what is settled from an offset on; the caller has touched the stream.
    ///
    /// @param start at least as far as it did
    void keepFrom(Stream stream, long start, Cause cause) {
        long before = stream.limitedFrom();
        Subscription own = stream.subscription(LifecycleApply.OWN);
        if (!stream.keepsSettled() || own == null) {
            return;
        }
        if (state.leading) {
            long owed = own.settled.unsettled(before, start);
            state.removals.forgotten(cause, start - before - owed);
        }
        stream.attributes().keptFrom = start;
        if (stream.outline != null) {
            state.cells.touch(stream.outline);
            stream.outline.trim(start, stream.end);
        }
        settles.dropSettled(stream, Math.max(before, stream.settledFloor()), start);
        settles.release(stream);
    }
}
