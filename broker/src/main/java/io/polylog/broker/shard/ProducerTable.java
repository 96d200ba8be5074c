package io.polylog.broker.shard;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The producers of one stream. A retry with the same stamp is stored once, as long as it is among
/// the producer's last batches and the producer has not been silent for as long as [ProducerExpiry]
/// says.
final class ProducerTable {
    private final long stream;
    private final Map<ProducerKey, ProducerState> states = new HashMap<>(2);

    /// Null while no producer was forgotten.
    private @Nullable ForgottenProducers forgotten;

    ProducerTable(long stream) {
        this.stream = stream;
    }

    /// What is to become of a batch; nothing is changed.
    Outcome judge(ProducerKey key, ProducerStamp stamp, int count) {
        ProducerState state = states.get(key);
        if (state == null) {
            return stamp.baseSequence() == 0 || mayBeForgotten(key)
                    ? Outcome.APPENDED
                    : Outcome.UNKNOWN_PRODUCER;
        }
        return state.judge(stamp, count);
    }

    private boolean mayBeForgotten(ProducerKey key) {
        return forgotten != null && key.id() <= forgotten.newestId();
    }

    /// Whether every batch that the producer is known to have sent is remembered.
    boolean isWhole(ProducerKey key) {
        ProducerState state = states.get(key);
        return state != null && !state.windowIsFull();
    }

    /// Where a duplicate was stored.
    long offsetOf(ProducerKey key, ProducerStamp stamp, int count) {
        ProducerState state = states.get(key);
        return state == null ? -1 : state.offsetOf(stamp, count);
    }

    /// Remembers a batch that is stored now.
    ///
    /// @param anew forget what the producer sent before
    /// @return the producer, heard of now
    ProducerState store(ProducerKey key, Stored stored, boolean anew, Cells cells) {
        ProducerState state = states.get(key);
        if (state == null) {
            state = cells.born(new ProducerState(stream, key));
            states.put(key, state);
        } else {
            cells.touch(state);
        }
        if (anew) {
            state.reset();
        }
        state.store(stored.stamp, stored.count, stored.offset, stored.timeMs);
        return state;
    }

    /// A batch that is stored now.
    record Stored(ProducerStamp stamp, int count, long offset, long timeMs) {}

    /// Forgets a producer.
    void forget(ProducerState gone, Cells cells) {
        cells.touch(gone);
        states.remove(gone.key);
        ForgottenProducers all = forgotten;
        if (all == null) {
            all = cells.born(new ForgottenProducers(stream, gone.key.id()));
            forgotten = all;
        } else {
            cells.touch(all);
            all.add(gone.key.id());
        }
    }

    Collection<ProducerState> states() {
        return states.values();
    }

    void restore(ProducerState state) {
        states.put(state.key, state);
    }

    void restore(ForgottenProducers restored) {
        forgotten = restored;
    }

    /// A line for each producer; for comparing states.
    void dump(StringBuilder out) {
        states.values().stream()
                .map(state -> "  producer " + state + "\n")
                .sorted()
                .forEach(out::append);
        if (forgotten != null) {
            out.append("  forgotten up to ").append(forgotten.newestId()).append('\n');
        }
    }

    void cells(List<Cell> into) {
        into.addAll(states.values());
        if (forgotten != null) {
            into.add(forgotten);
        }
    }
}
