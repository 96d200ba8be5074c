package io.polylog.broker.shard;

import io.polylog.broker.Filter;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.shard.OwnFilters.Known;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lets somebody who can read look at what waits in subscriptions whose consumers have filters of
/// their own, and learns which of it each wants. Volatile, as the consumers are. On the shard's
/// thread.
public final class Lookahead {
    private final ShardState state;
    private final Run run = new Run();

    Lookahead(ShardState state) {
        this.state = state;
    }

    /// What some filters have not looked at.
    public static final class Unseen {
        private final List<Known> known;
        private final List<Long> before;
        private final List<Assignment> runs;

        private Unseen(List<Known> known, List<Assignment> runs) {
            this.known = known;
            this.before = known.stream().map(Known::lookedTo).toList();
            this.runs = runs;
        }

        /// The filters.
        public List<Filter> filters() {
            return known.stream().map(each -> each.filter).toList();
        }

        /// How far each of them has looked, in their order.
        public List<Long> lookedTo() {
            return before;
        }

        /// The first that one of them has not looked at, in order.
        public List<Assignment> runs() {
            return runs;
        }
    }

    /// The first that filters of a subscription's consumers have not looked at and need; null for
    /// none.
    ///
    /// @param limit most runs to give
    public @Nullable Unseen unseen(long subscriptionId, int limit) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        Subscription subscription = stream == null ? null : stream.subscription(subscriptionId);
        Dispatch dispatch = subscription == null ? null : subscription.dispatch;
        if (stream == null || subscription == null || dispatch == null) {
            return null;
        }
        List<Known> blind = dispatch.blind(run);
        if (blind.isEmpty()) {
            return null;
        }
        long position = blind.stream().mapToLong(Known::lookedTo).min().orElse(stream.end);
        List<Assignment> runs = new ArrayList<>();
        // What is hidden too, and what somebody has: it is known then when it comes back.
        while (runs.size() < limit && subscription.settled.find(position, stream.end, run)) {
            runs.add(new Assignment(run.first, run.end, run.attempt, false));
            position = run.end;
        }
        Unseen unseen = new Unseen(blind, runs);
        if (runs.isEmpty()) {
            List<OffsetSet> nothing = blind.stream().map(_ -> new OffsetSet()).toList();
            seen(subscriptionId, unseen, stream.end, nothing);
            return null;
        }
        return unseen;
    }

    /// What [#unseen] gave was looked at.
    ///
    /// @param end up to here
    /// @param wanted of the filters, in their order
    public void seen(long subscriptionId, Unseen given, long end, List<OffsetSet> wanted) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        Subscription subscription = stream == null ? null : stream.subscription(subscriptionId);
        if (stream == null || subscription == null) {
            return;
        }
        // A filter whose consumers have gone meanwhile is nobody's: it learns without effect.
        for (int i = 0; i < given.known.size(); i++) {
            OwnFilters.looked(
                    given.known.get(i),
                    given.before.get(i),
                    end,
                    wanted.get(i),
                    subscription.settled);
        }
        state.mark(stream);
    }
}
