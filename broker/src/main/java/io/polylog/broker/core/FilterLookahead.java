package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.filter.MessageFilter;
import io.polylog.broker.shard.Lookahead.Unseen;
import io.polylog.broker.shard.OffsetSet;
import io.polylog.broker.shard.ShardPort;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Looks at what waits in queues whose consumers have filters of their own, so that each is served
/// what it wants without having to take the rest. Each queue has its turn, a few megabytes at a
/// time. On the timer's thread.
final class FilterLookahead {
    private static final int MOST_RUNS = 256;

    private final Core core;

    /// Subscriptions that are being looked at.
    private final Set<Long> active = ConcurrentHashMap.newKeySet();

    FilterLookahead(Core core) {
        this.core = core;
    }

    /// Filters of a subscription's consumers have to look at more. On its shard's thread.
    void looks(long subscription) {
        if (active.add(subscription)) {
            next(core.port(StreamId.shard(StreamId.stream(subscription))), subscription);
        }
    }

    private void next(ShardPort port, long subscription) {
        port.run(serving -> {
            Unseen unseen = serving.lookahead().unseen(subscription, MOST_RUNS);
            if (unseen == null) {
                // Here, where new work is told too: none is missed.
                active.remove(subscription);
            } else {
                core.scheduler().after(0, () -> look(port, subscription, unseen));
            }
        });
    }

    private void look(ShardPort port, long subscription, Unseen unseen) {
        Look look = new Look(core.sieves(), port, unseen);
        long end = RunPieces.show(port, StreamId.stream(subscription), unseen.runs(), look);
        port.run(serving -> serving.lookahead().seen(subscription, unseen, end, look.wanted));
        next(port, subscription);
    }

    /// Asks several filters about the same messages.
    private static final class Look implements RunPieces.Viewer {
        private final List<MessageFilter> filters;
        private final List<Long> from;
        private final List<OffsetSet> wanted;
        private final OpenedRecord record;
        private final boolean durable;

        Look(Sieves sieves, ShardPort port, Unseen unseen) {
            // They made sense when their consumers came.
            filters = unseen.filters().stream().map(sieves::compiled).toList();
            from = unseen.lookedTo();
            wanted = filters.stream().map(_ -> new OffsetSet()).toList();
            record = sieves.record();
            durable = port.number() != StreamId.MEMORY_SHARD;
        }

        @Override
        public void message(Content content, int place, long offset, int attempt) {
            Metadata message = record.message(content, place);
            for (int i = 0; i < filters.size(); i++) {
                if (offset >= from.get(i) && wants(filters.get(i), message)) {
                    wanted.get(i).add(offset);
                }
            }
        }

        /// What cannot be opened is wanted, so that somebody is told.
        private boolean wants(MessageFilter filter, @Nullable Metadata message) {
            return message == null || filter.wants(message, durable);
        }
    }
}
