package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.Sifting.Left;
import io.polylog.broker.shard.Sifting.Unsifted;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at what nobody takes of subscriptions that have a filter, as it comes: what is not wanted
/// leaves at once, so that it neither counts nor takes the place of what is. Each subscription has
/// its turn, a few megabytes at a time. On the timer's thread.
final class FilterSweep {
    private static final Logger log = LoggerFactory.getLogger(FilterSweep.class);
    private static final int MOST_RUNS = 256;

    private final Core core;

    /// Subscriptions that are being looked at.
    private final Set<Long> active = ConcurrentHashMap.newKeySet();

    FilterSweep(Core core) {
        this.core = core;
    }

    /// Messages of a subscription came that nobody takes. On its shard's thread.
    void sifts(long subscription) {
        if (active.add(subscription)) {
            core.scheduler().after(0, () -> look(subscription));
        }
    }

    private void look(long subscription) {
        ShardPort port = core.port(StreamId.shard(StreamId.stream(subscription)));
        port.run(serving -> {
            Unsifted unsifted = serving.sifting().unsifted(subscription, MOST_RUNS);
            if (unsifted == null) {
                // Here, where new work is told too: none is missed.
                active.remove(subscription);
            } else {
                core.scheduler().after(0, () -> sift(port, subscription, unsifted));
            }
        });
    }

    private void sift(ShardPort port, long subscription, Unsifted unsifted) {
        Sieve sieve;
        try {
            sieve = core.sieves().of(unsifted.filter(), port);
        } catch (BrokerException unknown) {
            // Nobody can tell what is wanted: all stays, and who wants to consume is told.
            log.error("what a subscription wants cannot be told any more", unknown);
            return;
        }
        if (sieve != null) {
            long end =
                    RunPieces.show(
                            port,
                            StreamId.stream(subscription),
                            unsifted.runs(),
                            (content, place, offset, attempt) -> {
                                if (!sieve.wants(content, place)) {
                                    sieve.unwanted(offset, attempt);
                                }
                            });
            Left left = sieve.takeLeft();
            Runnable next = () -> core.scheduler().after(0, () -> look(subscription));
            port.run(serving -> serving.sifting().sifted(subscription, unsifted, end, left, next));
        }
    }
}
