package io.polylog.broker.shard;

import io.polylog.broker.Filter;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.StreamId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How far messages of subscriptions with a filter have been looked at, and the end of those that
/// are not wanted: the leader proposes to settle them. Whoever reads messages for consumers looks
/// at all it reads; what nobody takes is looked at by the watch. Volatile: another leader looks
/// anew. On the shard's thread.
public final class Sifting {
    private final Serving serving;
    private final ShardState state;
    private final Evictions evictions;
    private @Nullable Watch watch;

    /// By subscription.
    private final Map<Long, Looked> lookedTo = new HashMap<>(0);

    /// Everything below was looked at, or is with somebody who will.
    ///
    /// @param by which filter: when it changes all is to be looked at anew
    private record Looked(Filter by, long end) {}

    Sifting(Serving serving, ShardState state, Evictions evictions) {
        this.serving = serving;
        this.state = state;
        this.evictions = evictions;
    }

    /// What nobody has looked at.
    ///
    /// @param filter of the subscription
    /// @param epoch in which the shard's leader asks
    /// @param from everything below was looked at
    /// @param runs the first of it, in order
    public record Unsifted(Filter filter, long epoch, long from, List<Assignment> runs) {}

    /// What leaves a subscription for its filter.
    ///
    /// @param unwanted what the filter does not want
    /// @param rejected what is to be rejected
    /// @param error what is said of those
    public record Left(List<Assignment> unwanted, List<Assignment> rejected, String error) {
        public static final Left NOTHING = new Left(List.of(), List.of(), "");

        public boolean isNothing() {
            return unwanted.isEmpty() && rejected.isEmpty();
        }

        /// How many messages.
        public long count() {
            return Assignment.count(unwanted) + Assignment.count(rejected);
        }
    }

    /// The shard leads: what is not wanted can leave.
    void begin(Watch heard) {
        watch = heard;
        leading();
    }

    /// The shard leads anew.
    void leading() {
        lookedTo.clear();
        for (Stream stream : state.streams.values()) {
            if (stream.many != null) {
                stream.many.unsifted();
            }
            for (Subscription subscription : stream.subscriptions) {
                if (!subscription.filter(stream).isNone()) {
                    state.mark(stream);
                }
            }
        }
    }

    /// Consumers got what they could take of a stream: what stays is to be looked at.
    void changed(Stream stream) {
        ManySubscriptions many = stream.many;
        if (many == null) {
            for (Subscription subscription : stream.subscriptions) {
                isSifted(stream, subscription);
            }
            return;
        }
        if (stream.policed) {
            doubt(stream, stream.subscription(LifecycleApply.OWN));
        }
        for (Subscription subscription : many.takeUnsifted(stream.end)) {
            if (isSifted(stream, subscription)) {
                many.sifted(subscription);
            }
        }
    }

    /// Whether all that a subscription is owed was looked at; else the watch is told, which looks
    /// until [#unsifted] has nothing more.
    private boolean isSifted(Stream stream, Subscription subscription) {
        if (subscription.filter(stream).isNone() || looked(stream, subscription) >= stream.end) {
            return true;
        }
        boolean nothingWaits =
                subscription.dispatch != null
                        && subscription.dispatch.ready() == 0
                        && subscription.settled.hiddenCount() == 0;
        if (nothingWaits) {
            lookedTo.put(subscription.id, new Looked(subscription.filter(stream), stream.end));
        } else if (watch != null) {
            watch.sifts(subscription.id);
        }
        return nothingWaits;
    }

    private static void doubt(Stream stream, @Nullable Subscription subscription) {
        if (stream.many != null && subscription != null) {
            stream.many.unsifted(subscription);
        }
    }

    private long looked(Stream stream, Subscription subscription) {
        Looked looked = lookedTo.get(subscription.id);
        return looked == null || !looked.by.equals(subscription.filter(stream)) ? 0 : looked.end;
    }

    /// Below this everything that a subscription is owed is wanted, as far as anybody knows.
    long wantedBelow(Stream stream, Subscription subscription) {
        return subscription.filter(stream).isNone() ? Long.MAX_VALUE : looked(stream, subscription);
    }

    /// Something came back that nobody may have looked at; the caller marks the stream.
    void cameBack(Stream stream, Subscription subscription, long first) {
        doubt(stream, subscription);
        lookedTo.computeIfPresent(
                subscription.id, (_, looked) -> new Looked(looked.by, Math.min(looked.end, first)));
    }

    /// What a subscription of a stream is owed from an offset on is to be looked at once more.
    public void again(long streamId, String name, long first) {
        Stream stream = state.streams.get(streamId);
        Subscription subscription = stream == null ? null : stream.subscription(name);
        if (stream != null && subscription != null) {
            cameBack(stream, subscription, first);
            state.mark(stream);
        }
    }

    /// The first that nobody has looked at; null for none.
    ///
    /// @param limit most runs to give
    public @Nullable Unsifted unsifted(long subscriptionId, int limit) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        Subscription subscription = stream == null ? null : stream.subscription(subscriptionId);
        if (stream == null || subscription == null) {
            return null;
        }
        List<Assignment> runs = new ArrayList<>();
        Run run = new Run();
        Filter filter = subscription.filter(stream);
        long from = looked(stream, subscription);
        long position = from;
        // What is hidden too: it is not wanted later either.
        while (runs.size() < limit && subscription.settled.find(position, stream.end, run)) {
            runs.add(new Assignment(run.first, run.end, run.attempt, false));
            position = run.end;
        }
        if (runs.isEmpty()) {
            lookedTo.put(subscriptionId, new Looked(filter, stream.end));
            doubt(stream, subscription);
            state.mark(stream);
            return null;
        }
        return new Unsifted(filter, subscription.epoch(state.epoch), from, runs);
    }

    /// What [#unsifted] gave was looked at up to an offset.
    ///
    /// @param left what leaves of it
    /// @param next runs when that is settled
    public void sifted(long subscriptionId, Unsifted given, long end, Left left, Runnable next) {
        if (given.epoch != state.epoch(subscriptionId) || left.isNothing()) {
            looked(subscriptionId, given, end);
            next.run();
            return;
        }
        // Only when they have left the others may count, and take each other's place.
        Evictions.Fate fate =
                new Evictions.Fate() {
                    private long known = end;

                    @Override
                    public void refused(List<Assignment> those) {
                        known = Math.min(known, those.getFirst().first());
                    }

                    @Override
                    public void settled() {
                        looked(subscriptionId, given, known);
                        next.run();
                    }
                };
        if (left.rejected.isEmpty()) {
            evictions.settle(subscriptionId, Outcome.FILTERED, left.unwanted, fate);
        } else if (left.unwanted.isEmpty()) {
            evictions.reject(subscriptionId, left.error, left.rejected, fate);
        } else {
            evictions.reject(
                    subscriptionId,
                    left.error,
                    left.rejected,
                    new Evictions.Fate() {
                        @Override
                        public void refused(List<Assignment> those) {
                            fate.refused(those);
                        }

                        @Override
                        public void settled() {
                            evictions.settle(subscriptionId, Outcome.FILTERED, left.unwanted, fate);
                        }
                    });
        }
    }

    private void looked(long subscriptionId, Unsifted given, long end) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        Subscription subscription = stream == null ? null : stream.subscription(subscriptionId);
        if (stream != null
                && subscription != null
                && given.epoch == state.epoch(subscriptionId)
                && given.filter.equals(subscription.filter(stream))
                && looked(stream, subscription) == given.from) {
            lookedTo.put(subscriptionId, new Looked(given.filter, end));
            state.mark(stream);
        }
    }

    /// Offsets that were given to somebody leave.
    ///
    /// @param epoch in which the shard's leader gave them
    public void left(long subscriptionId, long epoch, Left left) {
        if (epoch == state.epoch(subscriptionId)) {
            Evictions.Fate fate = back -> serving.giveBack(subscriptionId, epoch, back);
            evictions.settle(subscriptionId, Outcome.FILTERED, left.unwanted, fate);
            evictions.reject(subscriptionId, left.error, left.rejected, fate);
        }
    }

    /// A subscription is gone, or served anew.
    void forget(Subscription subscription) {
        lookedTo.remove(subscription.id);
    }
}
