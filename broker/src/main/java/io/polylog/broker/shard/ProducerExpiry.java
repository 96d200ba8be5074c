package io.polylog.broker.shard;

import io.polylog.broker.machine.Cells;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Lets a shard's producers be forgotten when they have sent nothing for a day, as Kafka's brokers
/// do by default (producer.id.expiration.ms). Batches tell what time it is: with each one that is
/// applied, whatever it holds, all go that are due. On the shard's thread.
final class ProducerExpiry {
    static final long SILENT_MS = 24 * 3_600_000L;

    private final Map<Long, Stream> streams;
    private final Cells cells;

    /// In the order in which they were last heard of, which is that of the batches' times.
    private final LinkedHashSet<ProducerState> longestSilentFirst = new LinkedHashSet<>();

    /// Before this time none is due.
    private long dueMs = Long.MAX_VALUE;

    ProducerExpiry(Map<Long, Stream> streams, Cells cells) {
        this.streams = streams;
        this.cells = cells;
    }

    /// A producer sent something that was stored.
    void heard(ProducerState producer) {
        longestSilentFirst.remove(producer);
        longestSilentFirst.add(producer);
        dueMs = Math.min(dueMs, producer.lastTimeMs + SILENT_MS);
    }

    /// Producers of a checkpoint are back; in any order.
    void restored(List<ProducerState> producers) {
        producers.stream()
                .sorted(Comparator.comparingLong(producer -> producer.lastTimeMs))
                .forEach(this::heard);
    }

    /// The stream of these goes.
    void dropped(ProducerTable table) {
        table.states().forEach(longestSilentFirst::remove);
    }

    /// Forgets who is due. All of them: what is left must not depend on where replay began.
    void expire(long timeMs) {
        if (timeMs < dueMs) {
            return;
        }
        dueMs = Long.MAX_VALUE;
        Iterator<ProducerState> producers = longestSilentFirst.iterator();
        while (producers.hasNext() && dueMs == Long.MAX_VALUE) {
            ProducerState producer = producers.next();
            if (producer.lastTimeMs + SILENT_MS > timeMs) {
                dueMs = producer.lastTimeMs + SILENT_MS;
            } else {
                producers.remove();
                Stream stream = Objects.requireNonNull(streams.get(producer.stream));
                stream.producers().forget(producer, cells);
            }
        }
    }
}
