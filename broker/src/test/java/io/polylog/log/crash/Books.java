package io.polylog.log.crash;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/// The state of the simulation's machine: which batches it applied, and where each stream begins
/// and ends. The machine keeps one that goes through checkpoints, the auditor one that never does.
final class Books {
    private static final int BATCHES_PER_CELL = 50;
    private static final long GENERATION = 1_000;

    private final List<Long> history = new ArrayList<>();
    private final TreeMap<Long, Stream> streams = new TreeMap<>();
    private final TreeMap<Long, Long> generations = new TreeMap<>();

    /// Where a stream begins and ends, and what in between is not owed any more.
    static final class Stream {
        long next;
        long floor;
        final TreeSet<Long> dropped = new TreeSet<>();

        boolean owes(long offset, int span) {
            for (long at = Math.max(offset, floor); at < offset + span; at++) {
                if (!dropped.contains(at)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Stream that
                    && next == that.next
                    && floor == that.floor
                    && dropped.equals(that.dropped);
        }

        @Override
        public int hashCode() {
            return Objects.hash(next, floor, dropped);
        }

        @Override
        public String toString() {
            return "[" + floor + ", " + next + ") without " + dropped;
        }
    }

    /// What applying does outside the books.
    interface Effects {
        void put(long stream, long offset, int span, int ordinal);

        void trim(long stream, long floor);

        void drop(long stream, long offset, int span);

        void delete(long stream);
    }

    List<Long> history() {
        return history;
    }

    Map<Long, Stream> streams() {
        return streams;
    }

    void apply(long batch, List<Act> acts, Effects effects) {
        history.add(batch);
        for (int ordinal = 0; ordinal < acts.size(); ordinal++) {
            apply(acts.get(ordinal), ordinal, effects);
        }
    }

    private void apply(Act act, int ordinal, Effects effects) {
        switch (act) {
            case Act.Append append -> {
                if (!append.refused()) {
                    append.streams().forEach(name -> append(name, append, ordinal, effects));
                }
            }
            case Act.Trim trim -> trim(id(trim.stream()), trim.reach(), effects);
            case Act.Drop drop -> drop(id(drop.stream()), drop.reach(), effects);
            case Act.Delete delete -> {
                if (streams.remove(id(delete.stream())) != null) {
                    effects.delete(id(delete.stream()));
                    generations.merge(delete.stream(), 1L, Long::sum);
                }
            }
            case Act.Note note -> {}
        }
    }

    private void append(long name, Act.Append append, int ordinal, Effects effects) {
        Stream stream = streams.computeIfAbsent(id(name), missing -> new Stream());
        effects.put(id(name), stream.next, append.span(), ordinal);
        stream.next += append.span();
    }

    private void trim(long id, int reach, Effects effects) {
        Stream stream = streams.get(id);
        if (stream != null) {
            stream.floor += reach % (stream.next - stream.floor + 1);
            stream.dropped.headSet(stream.floor).clear();
            effects.trim(id, stream.floor);
        }
    }

    private void drop(long id, int reach, Effects effects) {
        Stream stream = streams.get(id);
        if (stream != null && stream.next > stream.floor) {
            long first = stream.floor + reach % (stream.next - stream.floor);
            long end = Math.min(stream.next, first + 1 + reach % 4);
            for (long offset = first; offset < end; offset++) {
                if (stream.dropped.add(offset)) {
                    effects.drop(id, offset, 1);
                }
            }
        }
    }

    /// A stream's id: another one for each life of its name, since offsets never start again.
    private long id(long name) {
        return name + GENERATION * generations.getOrDefault(name, 0L);
    }

    /// Everything, in cells.
    List<ByteBuffer> cells() {
        List<ByteBuffer> cells = new ArrayList<>();
        for (int from = 0; from < history.size(); from += BATCHES_PER_CELL) {
            int to = Math.min(history.size(), from + BATCHES_PER_CELL);
            ByteBuffer cell = ByteBuffer.allocate(1 + 4 + 8 * (to - from));
            cell.put((byte) 'h').putInt(from);
            history.subList(from, to).forEach(cell::putLong);
            cells.add(cell.flip());
        }
        streams.forEach((id, stream) -> {
            ByteBuffer cell = ByteBuffer.allocate(1 + 3 * 8 + 8 * stream.dropped.size());
            cell.put((byte) 's').putLong(id).putLong(stream.next).putLong(stream.floor);
            stream.dropped.forEach(cell::putLong);
            cells.add(cell.flip());
        });
        generations.forEach((name, generation) -> {
            ByteBuffer cell = ByteBuffer.allocate(1 + 8 + 8);
            cells.add(cell.put((byte) 'g').putLong(name).putLong(generation).flip());
        });
        return cells;
    }

    /// Takes back one cell, in any order among them.
    void restore(ByteBuffer logged) {
        ByteBuffer cell = logged.duplicate();
        switch (cell.get()) {
            case 'h' -> {
                int from = cell.getInt();
                if (from != history.size()) {
                    throw new Violation("cells come back in another order than they were given");
                }
                while (cell.hasRemaining()) {
                    history.add(cell.getLong());
                }
            }
            case 's' -> {
                Stream stream = new Stream();
                streams.put(cell.getLong(), stream);
                stream.next = cell.getLong();
                stream.floor = cell.getLong();
                while (cell.hasRemaining()) {
                    stream.dropped.add(cell.getLong());
                }
            }
            case 'g' -> generations.put(cell.getLong(), cell.getLong());
            default -> throw new Violation("a cell that was never given");
        }
    }

    /// What differs, empty for nothing.
    String difference(Books other) {
        if (!history.equals(other.history)) {
            return "history " + history + " instead of " + other.history;
        }
        return streams.equals(other.streams)
                ? ""
                : "streams " + streams + " instead of " + other.streams;
    }
}
