package io.polylog.broker.shard;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The producers of one stream. A retry with the same stamp is stored once, as long as it is among
/// the producer's last batches and the producer has not been silent for a week.
final class ProducerTable {
    private final long stream;
    private final Map<ProducerKey, ProducerState> states = new HashMap<>(2);

    ProducerTable(long stream) {
        this.stream = stream;
    }

    /// What is to become of a batch; nothing is changed.
    Outcome judge(ProducerKey key, ProducerStamp stamp, int count) {
        ProducerState state = states.get(key);
        if (state == null) {
            return stamp.baseSequence() == 0 ? Outcome.APPENDED : Outcome.UNKNOWN_PRODUCER;
        }
        return state.judge(stamp, count);
    }

    /// Where a duplicate was stored.
    long offsetOf(ProducerKey key, ProducerStamp stamp, int count) {
        ProducerState state = states.get(key);
        return state == null ? -1 : state.offsetOf(stamp, count);
    }

    /// Remembers a batch that is stored now.
    ///
    /// @param anew forget what the producer sent before
    void store(ProducerKey key, Stored stored, boolean anew, Cells cells) {
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
    }

    /// A batch that is stored now.
    record Stored(ProducerStamp stamp, int count, long offset, long timeMs) {}

    /// Forgets producers silent since before `timeMs`.
    void expire(long timeMs, Cells cells) {
        states.values()
                .removeIf(state -> {
                    boolean old = state.lastTimeMs < timeMs;
                    if (old) {
                        cells.touch(state);
                    }
                    return old;
                });
    }

    boolean isEmpty() {
        return states.isEmpty();
    }

    void restore(ProducerState state) {
        states.put(state.key, state);
    }

    /// A line for each producer; for comparing states.
    void dump(StringBuilder out) {
        states.values().stream()
                .map(state -> "  producer " + state + "\n")
                .sorted()
                .forEach(out::append);
    }

    void cells(List<Cell> into) {
        into.addAll(states.values());
    }
}
