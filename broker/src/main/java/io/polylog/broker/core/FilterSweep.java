package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.Sifting.Unsifted;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.List;
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
    private static final int PIECE_BYTES = 256 * 1024;
    private static final int PIECES = 16;

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
            long end = sift(port, StreamId.stream(subscription), unsifted.runs(), sieve);
            List<Assignment> unwanted = sieve.takeUnwanted();
            Runnable next = () -> core.scheduler().after(0, () -> look(subscription));
            port.run(serving ->
                    serving.sifting().sifted(subscription, unsifted, end, unwanted, next));
        }
    }

    /// Looks at a few megabytes of what these runs hold.
    ///
    /// @return everything below was looked at
    private static long sift(ShardPort port, long stream, List<Assignment> runs, Sieve sieve) {
        int pieces = 0;
        long position = runs.getFirst().first();
        for (Assignment run : runs) {
            position = run.first();
            while (position < run.end()) {
                if (pieces++ == PIECES) {
                    return position;
                }
                Read read = port.store().read(stream, position, PIECE_BYTES);
                for (StoredRecord stored : read.records()) {
                    if (stored.offset() >= run.end()) {
                        break;
                    }
                    sift(stored, run, position, sieve);
                }
                // Not beyond the run, though more may have come; what cannot be read a consumer
                // finds.
                long next = Math.min(read.nextOffset(), run.end());
                position = next > position ? next : run.end();
            }
        }
        return position;
    }

    private static void sift(StoredRecord stored, Assignment run, long from, Sieve sieve) {
        long end = Math.min(run.end(), stored.offset() + stored.span());
        Content content = StoredContent.content(stored);
        for (long at = Math.max(from, stored.offset()); at < end; at++) {
            if (!sieve.wants(content, (int) (at - stored.offset()))) {
                sieve.unwanted(at, run.attempt());
            }
        }
    }
}
