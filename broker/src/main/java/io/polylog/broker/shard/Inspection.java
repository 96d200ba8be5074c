package io.polylog.broker.shard;

import io.polylog.broker.Browse.State;
import io.polylog.broker.Interest;
import io.polylog.broker.SubscriptionState;
import io.polylog.broker.SubscriptionState.Share;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.shard.Serving.TakenAll;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What an operator sees of a queue and takes out of it: looking changes nothing. On the shard's
/// thread.
public final class Inspection {
    private final ShardState state;
    private final Run owed = new Run();
    private final Run run = new Run();

    Inspection(ShardState state) {
        this.state = state;
    }

    /// Offsets that follow each other and stand alike.
    ///
    /// @param first the first
    /// @param end one past the last
    /// @param attempt with which they are, or were last, delivered
    /// @param error what was said of them last, "" for nothing
    public record Glimpse(long first, long end, int attempt, State state, String error) {}

    /// What a subscription is owed.
    ///
    /// @param runs in order
    /// @param next where to go on
    /// @param end one past the stream's newest offset
    /// @param paused whether nobody is served
    public record Glance(List<Glimpse> runs, long next, long end, boolean paused) {
        static final Glance NOTHING = new Glance(List.of(), 0, 0, false);
    }

    /// Looks at what is unsettled; of a stream that is kept anyhow, at what is kept.
    ///
    /// @param name of the subscription, "" for what the stream itself holds
    /// @param limit most runs to give
    public Glance glance(long streamId, String name, long from, int limit) {
        Stream stream = state.streams.get(streamId);
        if (stream == null) {
            return Glance.NOTHING;
        }
        Subscription subscription = stream.subscription(name);
        long end = stream.visibleEnd;
        if (subscription == null) {
            boolean kept = name.equals(LifecycleApply.OWN) && stream.start < end;
            long first = Math.max(from, stream.start);
            List<Glimpse> all =
                    kept && first < end
                            ? List.of(new Glimpse(first, end, 0, State.READY, ""))
                            : List.of();
            return new Glance(all, end, end, false);
        }
        List<Glimpse> runs = new ArrayList<>();
        long position = from;
        while (runs.size() < limit && subscription.settled.find(position, end, owed)) {
            position = owed.end;
            look(subscription, runs);
        }
        long next = runs.size() < limit ? end : position;
        return new Glance(runs, next, end, subscription.paused);
    }

    /// Divides what is owed into what is ready and what is not.
    private void look(Subscription subscription, List<Glimpse> runs) {
        long position = owed.first;
        while (position < owed.end) {
            boolean some = findReady(subscription, position, owed.end);
            long ready = some ? run.first : owed.end;
            away(subscription, position, ready, runs);
            position = some ? run.end : owed.end;
            if (some) {
                add(subscription, ready, position, State.READY, runs);
            }
        }
    }

    /// Divides what is not ready into what is hidden and what somebody has.
    private void away(Subscription subscription, long from, long end, List<Glimpse> runs) {
        Run shown = new Run();
        long position = from;
        while (position < end) {
            shown.set(position, end, owed.attempt);
            boolean some = subscription.settled.cutToShown(shown);
            long hidden = some ? shown.first : end;
            if (hidden > position) {
                add(subscription, position, hidden, State.DELAYED, runs);
            }
            if (some) {
                add(subscription, shown.first, shown.end, State.AWAY, runs);
            }
            position = some ? shown.end : end;
        }
    }

    private void add(Subscription of, long first, long end, State how, List<Glimpse> runs) {
        state.errors.each(
                of.id,
                first,
                end,
                (from, to, error) -> runs.add(new Glimpse(from, to, owed.attempt, how, error)));
    }

    private boolean findReady(Subscription subscription, long from, long end) {
        Dispatch dispatch = subscription.dispatch;
        return dispatch == null
                ? subscription.findFree(from, end, run)
                : dispatch.findReady(from, end, run);
    }

    /// Takes those of some offsets that are ready and stand at their attempt.
    public TakenAll pick(long streamId, List<Span> wanted) {
        Stream stream = state.streams.get(streamId);
        Subscription own = stream == null ? null : stream.subscription(LifecycleApply.OWN);
        if (stream == null || own == null) {
            return new TakenAll(-1, state.epoch, List.of());
        }
        Dispatch dispatch = Serving.dispatchOf(stream, own);
        List<Assignment> taken = new ArrayList<>();
        for (Span span : wanted) {
            dispatch.takeRange(span.first(), span.end(), run, taken);
        }
        state.mark(stream);
        return new TakenAll(own.id, own.epoch(state.epoch), taken);
    }

    /// What a stream's named subscriptions are for, by their names, in order.
    public Map<String, Interest> subscriptions(long streamId) {
        Map<String, Interest> found = new TreeMap<>();
        Stream stream = state.streams.get(streamId);
        if (stream != null) {
            for (Subscription each : stream.subscriptions) {
                if (!each.isOwn()) {
                    found.put(each.name, each.named());
                }
            }
        }
        return found;
    }

    /// What a subscription is owed in a stream; null where it is not there.
    ///
    /// @param partition the stream's number in its topic
    public @Nullable SubscriptionState subscription(long streamId, int partition, String name) {
        Stream stream = state.streams.get(streamId);
        Subscription there = stream == null ? null : stream.subscription(name);
        if (stream == null || there == null) {
            return null;
        }
        Dispatch dispatch = there.dispatch;
        return new SubscriptionState(
                name,
                there.named(),
                there.paused,
                dispatch == null ? 0 : dispatch.attachments().size(),
                List.of(share(stream, there, partition)));
    }

    private Share share(Stream stream, Subscription there, int partition) {
        SettledSet settled = there.settled;
        long open = 0;
        long redelivered = 0;
        long known = settled.floor();
        long position = known;
        while (settled.find(position, stream.end, run)) {
            long count = run.end - run.first;
            open += count;
            redelivered += run.attempt > 0 ? count : 0;
            // What lies between is settled.
            known = run.attempt > 0 ? run.end : run.first > position ? run.first : known;
            position = run.end;
        }
        known = position < stream.end ? stream.end : known;
        Dispatch dispatch = there.dispatch;
        long hidden = settled.hiddenCount();
        long ready = there.ready(stream.end);
        return new Share(
                partition,
                settled.floor(),
                dispatch == null ? known : Math.max(known, dispatch.assignedEnd()),
                stream.end,
                ready,
                open - hidden - ready,
                hidden,
                redelivered);
    }

    /// Whether everything that a stream sent elsewhere is there.
    ///
    /// @param upTo below that sequence
    public boolean isSent(long streamId, long upTo) {
        Stream stream = state.streams.get(streamId);
        @Nullable Outbox outbox = stream == null ? null : stream.outbox;
        List<Outgoing> first = outbox == null ? List.of() : outbox.first(1);
        return first.isEmpty() || first.getFirst().sequence() >= upTo;
    }

    /// One past the sequence of the newest message that a stream sends elsewhere.
    public long sendsTo(long streamId) {
        Stream stream = state.streams.get(streamId);
        @Nullable Outbox outbox = stream == null ? null : stream.outbox;
        return outbox == null ? 0 : outbox.endSequence();
    }
}
