package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.shard.Holdings.Range;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a stream that is kept by time or size holds, in rough strokes: at most 256 stretches of
/// offsets with their bytes and times, so that nobody has to read records to learn how much there
/// is, how old it is, or where a time may be found. A stretch begins small (16 KiB, a second); when
/// there are too many, neighbours are joined, so that one is about a hundredth of the whole. On the
/// shard's thread.
final class Outline extends Cell {
    static final int MOST = 256;
    private static final long SMALLEST_BYTES = 16 * 1024;
    private static final long SHORTEST_MS = 1000;

    final long stream;
    private final List<Stretch> stretches = new ArrayList<>(1);

    /// A stretch is full with so many bytes, or when it is so old.
    private long fullBytes = SMALLEST_BYTES;

    private long fullMs = SHORTEST_MS;

    Outline(long stream) {
        this.stream = stream;
    }

    /// Offsets that follow each other, up to where the next stretch begins.
    private static final class Stretch {
        long first;
        long bytes;

        /// The log's times of its first and last record.
        long beganMs;

        long lastMs;

        /// The newest of its records' own times, and the record that has it.
        long newestMs = Long.MIN_VALUE;

        long newestAt;

        /// How many of its offsets were removed.
        long removed;

        Stretch(long first, long beganMs) {
            this.first = first;
            this.beganMs = beganMs;
        }
    }

    /// A record of one or more offsets is appended.
    ///
    /// @param timeMs the log's time
    /// @param ownTimeMs the newest time within the record, as its sender said
    void add(long offset, int payloadBytes, long timeMs, long ownTimeMs) {
        Stretch last = stretches.isEmpty() ? null : stretches.getLast();
        if (last == null || last.bytes >= fullBytes || timeMs - last.beganMs >= fullMs) {
            if (stretches.size() == MOST) {
                coarsen();
            }
            last = new Stretch(offset, timeMs);
            stretches.add(last);
        }
        last.bytes += payloadBytes;
        last.lastMs = timeMs;
        if (ownTimeMs > last.newestMs) {
            last.newestMs = ownTimeMs;
            last.newestAt = offset;
        }
    }

    /// Joins neighbours until a quarter of the room is free.
    private void coarsen() {
        while (stretches.size() > MOST * 3 / 4) {
            fullBytes *= 2;
            fullMs *= 2;
            List<Stretch> joined = new ArrayList<>(MOST);
            for (Stretch next : stretches) {
                Stretch before = joined.isEmpty() ? null : joined.getLast();
                if (before != null && fit(before, next)) {
                    join(before, next);
                } else {
                    joined.add(next);
                }
            }
            stretches.clear();
            stretches.addAll(joined);
        }
    }

    private boolean fit(Stretch before, Stretch next) {
        return before.bytes + next.bytes <= fullBytes && next.lastMs - before.beganMs <= fullMs;
    }

    private static void join(Stretch before, Stretch next) {
        before.bytes += next.bytes;
        before.lastMs = next.lastMs;
        before.removed += next.removed;
        if (next.newestMs > before.newestMs) {
            before.newestMs = next.newestMs;
            before.newestAt = next.newestAt;
        }
    }

    /// What lies below `start` is gone.
    ///
    /// @param end of the stream
    void trim(long start, long end) {
        trim(start, end, null);
    }

    /// As above.
    ///
    /// @param removed tells which single messages were removed, or null: they are as many
    ///   everywhere
    void trim(long start, long end, @Nullable SettledSet removed) {
        int gone = 0;
        while (gone < stretches.size() && endOf(gone, end) <= start) {
            gone++;
        }
        stretches.subList(0, gone).clear();
        if (!stretches.isEmpty() && stretches.getFirst().first < start) {
            Stretch cut = stretches.getFirst();
            cut(cut, start, endOf(0, end), removed);
            cut.newestAt = Math.max(start, cut.newestAt);
        }
        if (stretches.size() < MOST / 4) {
            fullBytes = Math.max(SMALLEST_BYTES, fullBytes / 2);
            fullMs = Math.max(SHORTEST_MS, fullMs / 2);
        }
    }

    private static void cut(Stretch cut, long start, long end, @Nullable SettledSet removed) {
        if (removed == null) {
            double kept = (double) (end - start) / (end - cut.first);
            cut.bytes = (long) (cut.bytes * kept);
            cut.removed = (long) (cut.removed * kept);
        } else {
            long there = removed.unsettled(cut.first, end);
            long left = removed.unsettled(start, end);
            cut.bytes = there == 0 ? 0 : (long) ((double) cut.bytes * left / there);
            cut.removed = end - start - left;
        }
        cut.first = start;
    }

    /// Offsets from `first` to `end` (excluded) are gone, whatever is older: what they took is
    /// reckoned from the average of their stretch.
    ///
    /// @param streamEnd end of the stream
    void remove(long first, long end, long streamEnd) {
        for (int i = 0; i < stretches.size() && stretches.get(i).first < end; i++) {
            Stretch stretch = stretches.get(i);
            long stretchEnd = endOf(i, streamEnd);
            long count = Math.min(end, stretchEnd) - Math.max(first, stretch.first);
            long left = stretchEnd - stretch.first - stretch.removed;
            if (count > 0 && left > 0) {
                stretch.bytes -= (long) ((double) stretch.bytes * Math.min(count, left) / left);
                stretch.removed += Math.min(count, left);
            }
        }
    }

    /// Offsets were left out at the stream's end: nothing takes room there.
    void skip(long count) {
        if (!stretches.isEmpty()) {
            stretches.getLast().removed += count;
        }
    }

    private long endOf(int place, long end) {
        return place + 1 < stretches.size() ? stretches.get(place + 1).first : end;
    }

    /// Gives each message that is there the average bytes of those of its stretch, so that they are
    /// as many together.
    ///
    /// @param there tells which are
    void eachAverage(SettledSet there, long end, Weight sink) {
        Run run = new Run();
        for (int i = 0; i < stretches.size(); i++) {
            long stop = endOf(i, end);
            long left = there.unsettled(stretches.get(i).first, stop);
            long bytes = stretches.get(i).bytes;
            long position = stretches.get(i).first;
            while (left > 0 && there.find(position, stop, run)) {
                for (position = run.first; position < run.end; position++) {
                    long share = bytes / left--;
                    bytes -= share;
                    sink.weighs(position, (int) Math.min(Integer.MAX_VALUE, share));
                }
            }
        }
    }

    /// Takes the bytes of a message.
    @FunctionalInterface
    interface Weight {
        void weighs(long offset, int bytes);
    }

    /// Bytes of payload it holds.
    long bytes() {
        long bytes = 0;
        for (Stretch stretch : stretches) {
            bytes += stretch.bytes;
        }
        return bytes;
    }

    /// Bytes of payload from an offset on, about: that of a whole stretch where it begins in one.
    long bytesFrom(long offset, long end) {
        long bytes = 0;
        for (int i = 0; i < stretches.size(); i++) {
            bytes += endOf(i, end) > offset ? stretches.get(i).bytes : 0;
        }
        return bytes;
    }

    /// Where a stream begins once all that is older than a time is gone, as nearly as stretches
    /// tell: nothing younger goes.
    ///
    /// @param end of the stream
    long startSince(long timeMs, long end) {
        for (Stretch stretch : stretches) {
            if (stretch.lastMs >= timeMs) {
                return stretch.first;
            }
        }
        return end;
    }

    /// Where a stream begins once the oldest part of what is more than so many bytes is gone: at
    /// least so many stay.
    ///
    /// @param end of the stream
    long startWithin(long maxBytes, long end) {
        long spare = bytes() - maxBytes;
        for (Stretch stretch : stretches) {
            spare -= stretch.bytes;
            if (spare < 0) {
                return stretch.first;
            }
        }
        return end;
    }

    /// The beginning of the first stretch with a record whose own time is `timeMs` or later, up to
    /// such a record; or null.
    @Nullable Range reaching(long timeMs) {
        for (Stretch stretch : stretches) {
            if (stretch.newestMs >= timeMs) {
                return new Range(stretch.first, stretch.newestAt + 1);
            }
        }
        return null;
    }

    /// The first offset of the record with the newest time of its own, or -1.
    long newest() {
        Stretch found = null;
        for (Stretch stretch : stretches) {
            if (found == null || stretch.newestMs > found.newestMs) {
                found = stretch;
            }
        }
        return found == null ? -1 : found.newestAt;
    }

    // Checkpoints ------------------------------------------------------------------------------

    @Override
    public int kind() {
        return CellKind.OUTLINE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(fullBytes).number(fullMs).number(stretches.size());
        for (Stretch stretch : stretches) {
            out.number(stretch.first).number(stretch.bytes);
            out.number(stretch.beganMs).number(stretch.lastMs - stretch.beganMs);
            out.signed(stretch.newestMs).number(stretch.newestAt).number(stretch.removed);
        }
    }

    static Outline decode(HeadReader in) {
        Outline outline = new Outline(in.number());
        outline.fullBytes = in.number();
        outline.fullMs = in.number();
        int count = in.integer();
        for (int i = 0; i < count; i++) {
            long first = in.number();
            long bytes = in.number();
            Stretch stretch = new Stretch(first, in.number());
            stretch.bytes = bytes;
            stretch.lastMs = stretch.beganMs + in.number();
            stretch.newestMs = in.signed();
            stretch.newestAt = in.number();
            stretch.removed = in.number();
            outline.stretches.add(stretch);
        }
        return outline;
    }

    /// For comparing states.
    void dump(StringBuilder out) {
        out.append("  outline full ").append(fullBytes).append(' ').append(fullMs);
        for (Stretch stretch : stretches) {
            out.append(" [").append(stretch.first).append(' ').append(stretch.bytes).append(' ');
            out.append(stretch.beganMs).append(' ').append(stretch.lastMs).append(' ');
            out.append(stretch.newestMs).append('@').append(stretch.newestAt);
            out.append(" -").append(stretch.removed).append(']');
        }
        out.append('\n');
    }
}
