package io.polylog.broker.shard;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.TopicSpec.PerSubject;
import io.polylog.broker.command.CompactCommand.Span;
import io.polylog.broker.command.PurgeCommand;
import io.polylog.broker.command.RemoveCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SkipCommand;
import io.polylog.broker.command.TrimCommand;
import io.polylog.broker.command.TrimCommand.Cause;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.machine.Result.Value;
import io.polylog.broker.shard.Attachment.Receiver;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;

/// Applies what removes messages of a topic for everybody: its oldest, or single ones wherever they
/// lie. What is removed every subscription has settled, so that none gives it to anybody or waits
/// for it.
final class RemovalApply {
    private static final Failed FIXED =
            new Failed(Kind.INVALID, "its messages cannot be removed one by one");

    private static final Stream.Range NOBODY = (_, _) -> {};

    private final ShardState state;
    private final ReplayApply replays;

    RemovalApply(ShardState state, ReplayApply replays) {
        this.state = state;
        this.replays = replays;
    }

    /// Removes single messages; tells which were there.
    void remove(int place, ByteBuffer head) {
        RemoveCommand command = RemoveCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        if (stream == null || !stream.removable()) {
            state.result(place, FIXED);
            return;
        }
        List<Span> gone = new ArrayList<>();
        long count = 0;
        for (Span span : command.spans()) {
            count +=
                    remove(
                            stream,
                            span.first(),
                            span.end(),
                            (first, end) -> gone.add(new Span(first, end)));
        }
        begin(stream);
        if (state.leading) {
            state.removals.trimmed(command.cause(), count);
        }
        state.result(place, new Value(gone));
    }

    /// Leaves out offsets up to one; tells which is next now.
    void skip(int place, SkipCommand command) {
        Stream stream = state.streams.get(command.stream());
        Subscription own = stream == null ? null : stream.subscription(LifecycleApply.OWN);
        if (stream == null || own == null || !stream.removable()) {
            state.result(place, FIXED);
            return;
        }
        long first = stream.end;
        long end = Math.min(command.to(), first + SkipCommand.MOST);
        if (end > first) {
            state.touch(stream);
            state.cells.touch(own);
            stream.end = end;
            if (stream.outline != null) {
                state.cells.touch(stream.outline);
                stream.outline.skip(end - first);
            }
            settle(stream, own, first, end);
            begin(stream);
        }
        state.result(place, new Value(stream.end));
    }

    /// Removes what fits of a part of the stream; tells how many there were.
    void purge(int place, ByteBuffer head) {
        PurgeCommand command = PurgeCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        SubjectIndex index = stream == null ? null : stream.index();
        if (stream == null || index == null) {
            state.result(place, FIXED);
            return;
        }
        SubjectMatch match = new SubjectMatch(command.patterns());
        long count = 0;
        long at = command.from();
        do {
            at = index.numbers().next(at, command.end(), number -> match.fits(index, number));
            count += at < 0 ? 0 : remove(stream, at, at + 1, NOBODY);
        } while (at >= 0);
        begin(stream);
        if (state.leading) {
            state.removals.trimmed(Cause.PURGED, count);
        }
        state.result(place, new Value(count));
    }

    /// A message was stored: what it replaces goes, and what is more than is kept of its subject.
    ///
    /// @param number of its subject, or 0
    void follow(Stream stream, int number, long offset, Replaces replaces) {
        SubjectIndex index = stream.index();
        long count = 0;
        if (replaces == Replaces.STREAM) {
            count += remove(stream, stream.start, offset, NOBODY);
        }
        if (index != null && number > 0) {
            long most = most(stream.perSubject());
            long left = replaces == Replaces.KEY ? 1 : most;
            while (index.count(number) > left) {
                long first = index.takeFirst(number, state.cells);
                count += remove(stream, first, first + 1, NOBODY);
            }
        }
        if (count > 0) {
            begin(stream);
            superseded(count);
        }
    }

    private static long most(PerSubject limit) {
        return limit.isNone() ? Long.MAX_VALUE : limit.most();
    }

    /// A stream keeps perhaps less of each subject than before; the caller has touched it.
    void keep(Stream stream) {
        SubjectIndex index = stream.index();
        if (index == null || stream.perSubject().isNone()) {
            return;
        }
        long most = most(stream.perSubject());
        long count = 0;
        long at = stream.start - 1;
        do {
            at = index.numbers().next(at + 1, stream.end, number -> index.count(number) > most);
            count += at < 0 ? 0 : remove(stream, at, at + 1, NOBODY);
        } while (at >= 0);
        begin(stream);
        superseded(count);
    }

    private void superseded(long count) {
        if (state.leading) {
            state.removals.superseded(count);
        }
    }

    /// Removes what of a range is there and wanted no more; then [#begin].
    ///
    /// @return how many
    long leave(Stream stream, long first, long end, LongPredicate goes) {
        Subscription own = stream.subscription(LifecycleApply.OWN);
        long count = 0;
        Run run = new Run();
        long position = Math.max(first, stream.start);
        while (own != null && own.settled.find(position, Math.min(end, stream.end), run)) {
            position = run.end;
            long gone = run.first;
            for (long each = run.first; each <= run.end; each++) {
                if (each == run.end || !goes.test(each)) {
                    count += gone < each ? remove(stream, gone, each, NOBODY) : 0;
                    gone = each + 1;
                }
            }
        }
        return count;
    }

    /// A message that was just stored is wanted by nobody.
    void unwelcome(Stream stream, long offset) {
        remove(stream, offset, offset + 1, NOBODY);
        begin(stream);
        if (state.leading) {
            state.removals.left(Outcome.FILTERED, 1);
        }
    }

    /// Removes what is there of a range; then [#begin].
    ///
    /// @param removed gets what was there
    /// @return how many that is
    private long remove(Stream stream, long first, long end, Stream.Range removed) {
        Subscription own = stream.subscription(LifecycleApply.OWN);
        if (own == null) {
            return 0;
        }
        long count = 0;
        state.touch(stream);
        state.cells.touch(own);
        Run run = new Run();
        long position = Math.max(first, stream.start);
        while (own.settled.find(position, Math.min(end, stream.end), run)) {
            position = run.end;
            remove(stream, own, run.first, run.end);
            count += run.end - run.first;
            removed.range(run.first, run.end);
        }
        return count;
    }

    private void remove(Stream stream, Subscription own, long first, long end) {
        stream.unweigh(first, end);
        SubjectIndex index = stream.index();
        if (index != null) {
            index.removed(first, end, state.cells);
        }
        settle(stream, own, first, end);
        if (stream.outline != null) {
            state.cells.touch(stream.outline);
            stream.outline.remove(first, end, stream.end);
        }
        state.store.drop(stream.id, first, Math.toIntExact(end - first));
    }

    /// Nobody is owed a range any more; the caller has touched the stream and its own.
    private void settle(Stream stream, Subscription own, long first, long end) {
        own.settled.settle(first, end, 0, state.cells);
        for (Subscription subscription : stream.subscriptions) {
            if (!subscription.isOwn() && subscription.settled.floor() < end) {
                leave(subscription, first, end);
            }
        }
    }

    /// A named subscription is owed a range no more, whatever it knew of it.
    private void leave(Subscription subscription, long first, long end) {
        state.cells.touch(subscription);
        SettledSet settled = subscription.settled;
        for (long each = first; settled.hiddenCount() > 0 && each < end; each++) {
            settled.show(each, state.cells);
        }
        List<Span> given = new ArrayList<>(0);
        Dispatch dispatch = subscription.dispatch;
        Run run = new Run();
        long position = first;
        while (settled.find(position, end, run)) {
            position = run.end;
            settled.settle(run.first, run.end, run.attempt, state.cells);
            if (dispatch != null && run.first < dispatch.assignedEnd()) {
                given.add(new Span(run.first, run.end));
            }
        }
        if (dispatch != null) {
            dispatch.settled(first, end);
            if (!given.isEmpty()) {
                tell(dispatch, given);
            }
        }
    }

    /// Consumers that were given what is gone, and have not passed it on, need not read it.
    private void tell(Dispatch dispatch, List<Span> gone) {
        for (Attachment attachment : dispatch.attachments()) {
            Receiver receiver = attachment.receiver;
            state.effects.post(receiver.mailbox(), () -> receiver.removed(gone));
        }
    }

    /// A stream begins with the oldest message that is there.
    void begin(Stream stream) {
        Subscription own = stream.subscription(LifecycleApply.OWN);
        long oldest = own == null ? 0 : Math.min(own.settled.floor(), stream.end);
        if (oldest > stream.start) {
            state.touch(stream);
            begin(stream, oldest);
        }
    }

    /// The time of a message is over; then [#begin].
    void expire(Stream stream, long offset) {
        if (remove(stream, offset, offset + 1, NOBODY) > 0 && state.leading) {
            state.removals.trimmed(Cause.EXPIRED, 1);
        }
    }

    /// Removes the oldest messages; tells how many there were.
    void trim(int place, TrimCommand command) {
        Stream stream = state.streams.get(command.stream());
        if (stream == null || command.start() <= stream.limitedFrom()) {
            state.result(place, new Value(0L));
            return;
        }
        long start = Math.min(command.start(), stream.end);
        if (stream.untilSettled()) {
            state.touch(stream);
            replays.keepFrom(stream, start, command.cause());
            return;
        }
        state.result(place, new Value(trim(stream, start, command.cause())));
    }

    /// Removes the oldest messages of what is no queue, below an offset that it has; gives how many
    /// there were.
    long trim(Stream stream, long start, Cause cause) {
        state.touch(stream);
        Subscription own = stream.subscription(LifecycleApply.OWN);
        long count =
                own == null ? start - stream.start : own.settled.unsettled(stream.start, start);
        if (state.leading) {
            state.removals.trimmed(cause, count);
        }
        begin(stream, start);
        begin(stream);
        return count;
    }

    /// The caller has touched the stream.
    private void begin(Stream stream, long start) {
        Subscription own = stream.subscription(LifecycleApply.OWN);
        if (own != null && stream.removable()) {
            own.settled.eachUnsettled(stream.start, start, stream::unweigh);
            stream.forgetBelow(start, state.cells);
        }
        stream.start = start;
        if (stream.outline != null) {
            state.cells.touch(stream.outline);
            stream.outline.trim(
                    start, stream.end, stream.removable() && own != null ? own.settled : null);
        }
        for (Subscription subscription : stream.subscriptions) {
            state.cells.touch(subscription);
            long floor = subscription.settled.floor();
            subscription.settled.raiseFloor(start, state.cells);
            if (subscription.dispatch != null && floor < start) {
                subscription.dispatch.settled(floor, start);
            }
        }
        stream.forgetBelow(start, state.cells);
        state.store.trim(stream.id, start);
    }
}
