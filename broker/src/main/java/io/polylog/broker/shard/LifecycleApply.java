package io.polylog.broker.shard;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Interest;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.command.AlterSubscriptionCommand;
import io.polylog.broker.command.CompactCommand;
import io.polylog.broker.command.DropStreamCommand;
import io.polylog.broker.command.DropSubscriptionCommand;
import io.polylog.broker.command.OpenStreamCommand;
import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.broker.command.OpenSubscriptionCommand;
import io.polylog.broker.command.PauseCommand;
import io.polylog.broker.command.SealStreamCommand;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.machine.Result.Value;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Applies what opens, cuts and drops streams and subscriptions.
final class LifecycleApply {
    /// The subscription of a queue itself; of a compacted stream, what is superseded; of one whose
    /// messages can be removed, what is.
    static final String OWN = "";

    private final ShardState state;
    private final SettleApply settles;
    private final RemovalApply removing;
    private final Bounds bounds;

    LifecycleApply(ShardState state, SettleApply settles, RemovalApply removing, Bounds bounds) {
        this.state = state;
        this.settles = settles;
        this.removing = removing;
        this.bounds = bounds;
    }

    void openStream(ByteBuffer head) {
        OpenStreamCommand command = OpenStreamCommand.decode(head);
        Stream there = state.streams.get(command.stream());
        if (there != null) {
            state.touch(there);
            there.policed |= !there.policy.equals(command.policy());
            there.policy = command.policy();
            heed(there, command.ownTime());
            if (there.index() != null && !there.perSubject().equals(command.perSubject())) {
                there.attributes().perSubject = command.perSubject();
                removing.keep(there);
            }
            if (there.removable() && there.kept() != command.kept()) {
                there.attributes().kept = command.kept();
                state.wanted.doubt(there, there.start, there.end);
            }
            there.weighAll(state.cells);
            bounds.changed(there);
            state.store.expectScattered(there.id, there.isScattered());
            return;
        }
        Stream stream = state.cells.born(new Stream(command.stream(), command.keeps()));
        stream.policy = command.policy();
        if (stream.index() != null) {
            stream.attributes().perSubject = command.perSubject();
        }
        heed(stream, command.ownTime());
        if (command.kept() != Kept.ALWAYS) {
            stream.attributes().kept = command.kept();
        }
        stream.start = command.policy().admission().firstOffset();
        stream.end = stream.start;
        state.mark(stream);
        if (stream.hasOwn()) {
            stream.subscribe(OWN, stream.start, Interest.ALL, state.cells);
        }
        state.streams.put(stream.id, stream);
        state.store.expectScattered(stream.id, stream.isScattered());
    }

    private static void heed(Stream stream, OwnTime ownTime) {
        if (stream.ownTime() != ownTime) {
            stream.attributes().ownTime = ownTime;
        }
    }

    void dropStream(ByteBuffer head) {
        DropStreamCommand command = DropStreamCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        if (stream == null) {
            return;
        }
        if (state.leading) {
            state.removals.deleted(held(stream));
        }
        List<Cell> cells = new ArrayList<>();
        stream.cells(cells);
        cells.forEach(state.cells::touch);
        state.seal(stream, false);
        if (stream.producers != null) {
            state.producers.dropped(stream.producers);
        }
        state.streams.remove(stream.id);
        state.store.delete(stream.id);
        state.mark(stream);
    }

    /// How many messages go with a stream.
    private static long held(Stream stream) {
        Subscription own = stream.subscription(OWN);
        return own == null
                ? stream.end - stream.start
                : own.settled.unsettled(own.settled.floor(), stream.end);
    }

    void sealStream(int place, ByteBuffer head) {
        SealStreamCommand command = SealStreamCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        if (stream == null || stream.sealed == command.sealed()) {
            return;
        }
        if (command.sealed() && !stream.owesNothing()) {
            state.result(place, new Failed(Kind.NOT_EMPTY, "it holds messages"));
            return;
        }
        if (command.sealed() && !state.transactions.isIdle()) {
            state.result(place, new Failed(Kind.BUSY, "a transaction is being decided"));
            return;
        }
        state.touch(stream);
        state.seal(stream, command.sealed());
    }

    void openSubscription(int place, ByteBuffer head) {
        OpenSubscriptionCommand command = OpenSubscriptionCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        if (stream == null) {
            state.result(place, new Failed(Kind.NOT_FOUND, "the topic is gone"));
            return;
        }
        Subscription there = stream.subscription(command.name());
        if (there != null) {
            state.result(
                    place,
                    command.interest().isAll() || there.named().equals(command.interest())
                            ? new Value(there.id)
                            : new Failed(
                                    Kind.CONFLICT,
                                    "the subscription has another filter, or time to live"));
            return;
        }
        if (stream.subscriptions.length == StreamId.MOST_SUBSCRIPTIONS) {
            state.result(place, new Failed(Kind.INVALID, "too many subscriptions"));
            return;
        }
        state.touch(stream);
        long floor = Math.clamp(command.from(), stream.start, stream.end);
        Subscription made =
                stream.subscribe(command.name(), floor, command.interest(), state.cells);
        if (stream.removable()) {
            stream.eachSettled(
                    floor,
                    stream.end,
                    (first, end) -> made.settled.settle(first, end, 0, state.cells));
        }
        state.result(place, new Value(made.id));
    }

    /// What is with somebody stays there; what is settled stays settled.
    void alterSubscription(int place, ByteBuffer head) {
        AlterSubscriptionCommand command = AlterSubscriptionCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        Subscription there = stream == null ? null : stream.subscription(command.name());
        if (stream == null || there == null || there.isOwn()) {
            state.result(place, new Failed(Kind.NOT_FOUND, "no such subscription"));
            return;
        }
        if (!(there instanceof NarrowSubscription narrow)) {
            state.result(
                    place, new Failed(Kind.INVALID, "a subscription that was made for all stays"));
            return;
        }
        state.touch(stream);
        state.cells.touch(narrow);
        Interest before = narrow.named();
        boolean same =
                before.filter().equals(command.interest().filter())
                        && before.messageMs() == command.interest().messageMs();
        if (!same) {
            state.wanted.leaves(stream, narrow);
        }
        narrow.alter(command.interest(), stream);
        if (!same) {
            stream.altered(narrow);
        }
        state.result(place, new Value(narrow.id));
    }

    /// A named subscription goes, and nobody is owed what it was. What is known of its id goes too:
    /// another subscription may get it.
    void dropSubscription(int place, ByteBuffer head) {
        DropSubscriptionCommand command = DropSubscriptionCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        Subscription gone = stream == null ? null : stream.subscription(command.name());
        if (stream == null || gone == null || gone.isOwn()) {
            state.result(place, new Failed(Kind.NOT_FOUND, "no such subscription"));
            return;
        }
        if (gone.isHeld()) {
            state.result(place, new Failed(Kind.BUSY, "a transaction is being decided"));
            return;
        }
        long ready = gone.ready(stream.end);
        List<Cell> cells = new ArrayList<>();
        gone.cells(cells);
        cells.forEach(state.cells::touch);
        state.touch(stream);
        state.wanted.leaves(stream, gone);
        stream.remove(gone);
        gone.forgetFit(stream);
        if (gone.settled.hiddenCount() > 0 || !gone.filter(stream).isNone()) {
            // Of what its filter took while it was hidden there is a timer left.
            state.timers.forget(gone.id);
        }
        state.errors.forget(gone.id);
        if (stream.untilSettled()) {
            settles.release(stream);
            settles.dropSettled(stream, stream.start, stream.end);
        }
        if (state.leading) {
            List<Subscription> dropped = new ArrayList<>(stream.dropped());
            dropped.add(gone);
            stream.dropped(dropped);
        }
        state.result(place, new Value(ready));
    }

    void pause(int place, ByteBuffer head) {
        PauseCommand command = PauseCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        Subscription there = stream == null ? null : stream.subscription(command.name());
        if (stream == null || there == null) {
            state.result(place, new Failed(Kind.NOT_FOUND, "no such queue or subscription"));
            return;
        }
        state.cells.touch(there);
        state.mark(stream);
        there.paused = command.paused();
    }

    /// Removes what is superseded. What somebody settled meanwhile, or a trim took, stays removed.
    void compact(ByteBuffer head) {
        CompactCommand command = CompactCommand.decode(head);
        Stream stream = state.streams.get(command.stream());
        Subscription own = stream == null ? null : stream.subscription(OWN);
        if (stream == null || own == null || stream.keeps != Keeps.COMPACTED) {
            return;
        }
        state.touch(stream);
        state.cells.touch(own);
        for (CompactCommand.Span span : command.spans()) {
            long first = Math.max(span.first(), stream.start);
            long end = Math.min(span.end(), stream.end);
            if (first < end) {
                remove(stream, own, first, end);
            }
        }
        stream.attributes().cleanTo =
                Math.max(stream.cleanTo(), Math.min(command.cleanTo(), stream.end));
    }

    private void remove(Stream stream, Subscription own, long first, long end) {
        long count = own.settled.settle(first, end, 0, state.cells);
        if (count == 0) {
            return;
        }
        if (stream.outline != null) {
            state.cells.touch(stream.outline);
            stream.outline.remove(first, end, stream.end);
        }
        state.store.drop(stream.id, first, Math.toIntExact(end - first));
        if (state.leading) {
            state.removals.superseded(count);
        }
    }
}
