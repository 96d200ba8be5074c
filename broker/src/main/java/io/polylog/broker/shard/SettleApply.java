package io.polylog.broker.shard;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.command.RelocateCommand;
import io.polylog.broker.command.RelocateCommand.Relocated;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.machine.Result.Value;
import io.polylog.broker.shard.Attachment.Receiver;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Applies settlements: what is done with leaves its subscription, what comes back has its attempt
/// raised and is ready again. A settlement that names another attempt than the message stands at is
/// refused, offset by offset; one of what an earlier leader handed out is refused as a whole,
/// because this one may have handed the same out again, with the same attempt.
final class SettleApply {
    private static final Failed STALE =
            new Failed(Kind.CONFLICT, "settled before, or delivered again since");

    private static final Failed NO_QUEUE =
            new Failed(Kind.INVALID, "only what a queue itself holds can be sent on");

    private final ShardState state;
    private final Hiding hiding;

    SettleApply(ShardState state, Hiding hiding) {
        this.state = state;
        this.hiding = hiding;
    }

    void settle(int place, ByteBuffer head) {
        settle(place, SettleCommand.decode(head));
    }

    /// Why a settlement would not do all it says, or null. Where the subscription is gone, there is
    /// nothing it could do.
    @Nullable Failed refusal(SettleCommand command) {
        Stream stream = state.streams.get(StreamId.stream(command.subscription()));
        Subscription subscription =
                stream == null ? null : stream.subscription(command.subscription());
        if (stream == null || subscription == null) {
            return null;
        }
        boolean right = command.epoch() == subscription.epoch(state.epoch);
        for (Span span : command.spans()) {
            right =
                    right
                            && subscription.owes(
                                    span.first(), span.end(), span.attempt(), stream.end);
        }
        return right ? null : STALE;
    }

    void settle(int place, SettleCommand command) {
        apply(place, command, null);
    }

    /// An operator sends messages on.
    void relocate(int place, ByteBuffer head) {
        RelocateCommand command = RelocateCommand.decode(head);
        apply(place, command.settlement(), new Errand.Sent(command.where()));
    }

    /// @param errand on which messages leave, or null: as the queue's policy says
    private void apply(int place, SettleCommand command, @Nullable Errand errand) {
        Stream stream = state.streams.get(StreamId.stream(command.subscription()));
        Subscription subscription =
                stream == null ? null : stream.subscription(command.subscription());
        if (stream == null || subscription == null) {
            state.result(place, new Failed(Kind.NOT_FOUND, "the subscription is gone"));
            return;
        }
        state.mark(stream);
        if (command.epoch() != subscription.epoch(state.epoch)
                && command.epoch() != SettleCommand.ANY_EPOCH) {
            state.result(place, STALE);
            return;
        }
        if (errand != null && !(subscription.isOwn() && stream.untilSettled())) {
            state.result(place, NO_QUEUE);
            return;
        }
        state.cells.touch(subscription);
        long wanted = 0;
        long done = 0;
        for (Span span : command.spans()) {
            wanted += span.end() - span.first();
            done += settle(stream, subscription, command, errand, span);
        }
        release(stream);
        if (errand != null) {
            long upTo = stream.outbox(state.cells).endSequence();
            state.result(place, new Value(new Relocated(done, upTo)));
        } else {
            state.result(place, done == wanted ? new Value(done) : STALE);
        }
    }

    private long settle(
            Stream stream,
            Subscription subscription,
            SettleCommand command,
            @Nullable Errand errand,
            Span span) {
        if (command.outcome().ofHidden()) {
            return cancel(stream, subscription, command, span);
        }
        if (!command.outcome().leaves()) {
            return giveBack(stream, subscription, command, span);
        }
        // What is not wanted now is not wanted later.
        boolean hidden =
                command.outcome() == Outcome.FILTERED && subscription.settled.hiddenCount() > 0;
        return (hidden ? cancel(stream, subscription, command, span) : 0)
                + leave(stream, subscription, command, errand, span);
    }

    /// What of a span is hidden leaves, whatever its attempt.
    private long cancel(
            Stream stream, Subscription subscription, SettleCommand command, Span span) {
        long count = 0;
        for (long offset = span.first(); offset < Math.min(span.end(), stream.end); offset++) {
            if (subscription.settled.show(offset, state.cells)) {
                int attempt = subscription.settled.attempt(offset);
                Span one = new Span(offset, offset + 1, attempt);
                count += leave(stream, subscription, command, null, one);
            }
        }
        return count;
    }

    private void count(Stream stream, Outcome outcome, long done) {
        boolean byRule =
                outcome == Outcome.FILTERED
                        || outcome == Outcome.EXPIRED
                        || outcome == Outcome.EXHAUSTED;
        boolean goes = stream.untilSettled() || stream.kept() == Kept.UNTIL_DONE;
        if (state.leading && (goes || byRule)) {
            state.removals.left(outcome, done);
        }
    }

    private long leave(
            Stream stream,
            Subscription subscription,
            SettleCommand command,
            @Nullable Errand errand,
            Span span) {
        long end = Math.min(span.end(), stream.end);
        SettledSet settled = subscription.settled;
        if (stream.kept() != Kept.ALWAYS && !subscription.isOwn()) {
            eachAt(
                    settled,
                    new Span(span.first(), end, span.attempt()),
                    (from, to) ->
                            state.wanted.left(stream, subscription, from, to, command.outcome()));
        }
        if (stream.weighs() && subscription.isOwn()) {
            state.touch(stream);
            eachAt(settled, new Span(span.first(), end, span.attempt()), stream::unweigh);
        }
        if (subscription.isOwn()) {
            Span there = new Span(span.first(), end, span.attempt());
            if (errand == null) {
                die(stream, subscription, command, there);
            } else {
                send(stream, settled, errand, there);
            }
        }
        long count = settled.settle(span.first(), end, span.attempt(), state.cells);
        // Of what is no queue nobody asks for its floor: there may be thousands of subscriptions.
        long floor = stream.untilSettled() ? stream.settledFloor() : end;
        if (floor < end) {
            // Out of order: one message that stays must not hold all that came after it.
            dropSettled(stream, Math.max(span.first(), floor), end);
        }
        if (subscription.dispatch != null) {
            subscription.dispatch.settled(span.first(), end);
        }
        count(stream, command.outcome(), count);
        return count;
    }

    /// What is about to leave goes where the queue's policy says, with the last that was said of
    /// it.
    private void die(Stream stream, Subscription own, SettleCommand command, Span span) {
        Cause cause = stream.policy.deadLetters() == null ? null : command.outcome().cause();
        if (cause == null) {
            return;
        }
        if (command.error().isEmpty()) {
            state.errors.each(
                    own.id,
                    span.first(),
                    span.end(),
                    (first, end, error) -> {
                        Span part = new Span(first, end, span.attempt());
                        send(stream, own.settled, new Errand.Died(cause, error), part);
                    });
        } else {
            send(stream, own.settled, new Errand.Died(cause, command.error()), span);
        }
    }

    /// What is about to leave goes elsewhere.
    private void send(Stream stream, SettledSet settled, Errand errand, Span span) {
        Outbox outbox = stream.outbox(state.cells);
        eachAt(
                settled,
                span,
                (first, end) -> outbox.add(first, end, errand, state.timeMs, state.cells));
    }

    /// Gives the parts of a span that a settlement of it settles.
    private static void eachAt(SettledSet settled, Span span, Stream.Range sink) {
        Run run = new Run();
        long position = span.first();
        while (settled.find(position, span.end(), run)) {
            if (run.attempt == span.attempt()) {
                sink.range(run.first, run.end);
            }
            position = run.end;
        }
    }

    /// Lets the store know what of a range is owed to nobody.
    void dropSettled(Stream stream, long from, long end) {
        stream.eachSettled(from, end, (a, b) -> drop(stream, a, b));
    }

    private void drop(Stream stream, long from, long end) {
        state.store.drop(stream.id, from, Math.toIntExact(end - from));
    }

    private long giveBack(
            Stream stream, Subscription subscription, SettleCommand command, Span span) {
        int limit = subscription.retryLimit(stream);
        if (limit >= 0 && span.attempt() >= limit) {
            return exhaust(stream, subscription, command, span);
        }
        long end = Math.min(span.end(), stream.end);
        if (!command.error().isEmpty()) {
            eachAt(
                    subscription.settled,
                    new Span(span.first(), end, span.attempt()),
                    (first, stop) ->
                            state.errors.add(subscription.id, first, stop, command.error()));
        }
        SettledPage.Raised raised = hiding.raised(stream, subscription, command, span.attempt());
        long count =
                subscription.settled.raise(span.first(), end, span.attempt(), state.cells, raised);
        if (state.leading) {
            state.removals.returned(command.outcome(), count);
        }
        return count;
    }

    /// What came back once too often leaves; one of the consumers hears of it.
    private long exhaust(
            Stream stream, Subscription subscription, SettleCommand command, Span span) {
        List<Span> gone = new ArrayList<>();
        long end = Math.min(span.end(), stream.end);
        eachAt(
                subscription.settled,
                new Span(span.first(), end, span.attempt()),
                (first, to) -> gone.add(new Span(first, to, span.attempt())));
        long count = leave(stream, subscription, command.as(Outcome.EXHAUSTED), null, span);
        Dispatch dispatch = subscription.dispatch;
        if (dispatch != null && !dispatch.attachments().isEmpty() && !gone.isEmpty()) {
            Receiver receiver = dispatch.attachments().getFirst().receiver;
            state.effects.post(receiver.mailbox(), () -> receiver.exhausted(gone));
        }
        return count;
    }

    /// Lets the store know what a queue is not owed any more, nor keeps.
    void release(Stream stream) {
        if (!stream.untilSettled()) {
            return;
        }
        long floor = Math.min(stream.settledFloor(), stream.keptFrom());
        if (floor > stream.start) {
            state.touch(stream);
            stream.start = floor;
            stream.forgetBelow(floor, state.cells);
            state.store.trim(stream.id, floor);
        }
    }
}
