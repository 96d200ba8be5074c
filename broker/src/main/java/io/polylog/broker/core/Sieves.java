package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Filter;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.filter.MessageFilter;
import io.polylog.broker.filter.Transformation;
import io.polylog.broker.filter.Verdict;
import io.polylog.broker.shard.Removals;
import io.polylog.broker.shard.ShardPort;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Filters of subscriptions and consumers, compiled once. Any thread.
final class Sieves {
    private static final int MOST_KEPT = 10_000;

    private final Surroundings.Opener opener;
    private final Removals removals;
    private final Map<Filter, MessageFilter> compiled = new ConcurrentHashMap<>();
    private final Map<String, Transformation> transformations = new ConcurrentHashMap<>();

    /// @param removals counts what filters cannot be evaluated for
    Sieves(Surroundings.Opener opener, Removals removals) {
        this.opener = opener;
        this.removals = removals;
    }

    /// For the messages of a shard; null where all are wanted as they are.
    ///
    /// @throws BrokerException INVALID where the filter makes no sense
    @Nullable Sieve of(Filter filter, ShardPort port) {
        return filter.isPlain()
                ? null
                : new Sieve(
                        compiled(filter),
                        transformation(filter),
                        record(),
                        port.number() != StreamId.MEMORY_SHARD,
                        removals);
    }

    /// Counts a message that a filter could not be evaluated for.
    void failed(Verdict then) {
        removals.filterFailed(then);
    }

    /// Opens records for filters to ask about.
    OpenedRecord record() {
        return new OpenedRecord(opener);
    }

    /// Checks a filter.
    ///
    /// @throws BrokerException INVALID where it makes no sense, saying where
    static void check(Filter filter) {
        MessageFilter.of(filter);
        if (!filter.transform().isEmpty()) {
            Transformation.of(filter.transform());
        }
    }

    /// What a filter makes of messages; null for nothing.
    ///
    /// @throws BrokerException INVALID where that makes no sense
    @Nullable Transformation transformation(Filter filter) {
        String text = filter.transform();
        if (text.isEmpty()) {
            return null;
        }
        Transformation known = transformations.get(text);
        if (known == null) {
            known = Transformation.of(text);
            if (transformations.size() >= MOST_KEPT) {
                transformations.clear();
            }
            transformations.put(text, known);
        }
        return known;
    }

    /// A filter that can be asked.
    ///
    /// @throws BrokerException INVALID where it makes no sense
    MessageFilter compiled(Filter filter) {
        MessageFilter known = compiled.get(filter);
        if (known == null) {
            known = MessageFilter.of(filter);
            if (compiled.size() >= MOST_KEPT) {
                compiled.clear();
            }
            compiled.put(filter, known);
        }
        return known;
    }
}
