package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The extents of the active segment as cells of a checkpoint that was cut in the middle of it: the
/// segment has no index file yet, and a replay sees only what comes after the cut. Little endian:
///
/// ```
///  0  4  shard
///  4  4  number of runs in this cell
///  8  8  stream
/// 16  8  first offset
/// 24  8  offset after the last one
/// 32  8  bytes of the payloads
/// 40  8  bytes of the records
/// 48  8  time of the newest record
/// 56  4  1 when the next cell goes on with the runs of this extent, else 0
/// 60  .  runs: delta 4, place 4 (see Runs)
/// ```
///
/// An extent may be told as it is some time after the cut: what came meanwhile is durable, and the
/// replay finds it known. One that is owed nothing is left out. Commit thread.
final class ExtentCells implements ShardMachine.Snapshot {
    private static final int HEADER_BYTES = 60;
    private static final int RUN_BYTES = 2 * Integer.BYTES;
    private static final int MOST_RUNS = ((64 << 10) - HEADER_BYTES) / RUN_BYTES;

    private final List<Extent> extents;
    private final int count;
    private int nextExtent;
    private int nextRun;
    private @Nullable IndexEntry open;
    private @Nullable RunTable openRuns;

    /// @param active the segment in which the checkpoint is cut
    ExtentCells(SegmentIndex active) {
        extents = active.extents();
        count = extents.size();
    }

    @Override
    public @Nullable ByteBuffer next() {
        IndexEntry entry = open == null ? begin() : open;
        RunTable runs = openRuns;
        if (entry == null || runs == null) {
            return null;
        }
        int from = nextRun;
        nextRun = Math.min(entry.runCount(), from + MOST_RUNS);
        boolean more = nextRun < entry.runCount();
        open = more ? entry : null;
        return encode(entry, runs, from, nextRun);
    }

    /// The next extent that is owed something, as it is now.
    private @Nullable IndexEntry begin() {
        while (nextExtent < count) {
            Extent extent = extents.get(nextExtent++);
            if (extent.owed() > 0) {
                RunTable runs = extent.knownRuns();
                openRuns = runs;
                nextRun = 0;
                return extent.entry(0, runs.count());
            }
        }
        return null;
    }

    private static ByteBuffer encode(IndexEntry entry, RunTable runs, int from, int end) {
        ByteBuffer cell =
                ByteBuffer.allocate(HEADER_BYTES + (end - from) * RUN_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        cell.putInt(entry.shard()).putInt(end - from).putLong(entry.stream());
        cell.putLong(entry.first()).putLong(entry.end()).putLong(entry.payloadBytes());
        cell.putLong(entry.recordBytes()).putLong(entry.lastTimeMs());
        cell.putInt(end < entry.runCount() ? 1 : 0);
        for (int run = from; run < end; run++) {
            cell.putInt(runs.delta(run)).putInt(runs.place(run));
        }
        return cell.flip();
    }

    /// Takes extents of the active segment back.
    interface Sink {
        /// One extent.
        ///
        /// @param runs where its records lie
        void extent(IndexEntry entry, Runs runs) throws LogOpenException;
    }

    /// Puts the cells of extents together again. The starting thread.
    static final class Reader {
        private final Sink sink;
        private Runs runs = new Runs();

        Reader(Sink sink) {
            this.sink = sink;
        }

        /// Takes the next cell.
        void cell(ByteBuffer content) throws LogOpenException {
            ByteBuffer in = content.order(ByteOrder.LITTLE_ENDIAN);
            int runBytes = in.remaining() - HEADER_BYTES;
            int shard = runBytes < 0 ? 0 : in.getInt();
            int count = runBytes < 0 ? -1 : in.getInt();
            if (count < 0 || (long) count * RUN_BYTES != runBytes) {
                throw new LogOpenException(
                        Reason.DAMAGED,
                        "a cell of the checkpoint is no extent. Nothing was changed");
            }
            long stream = in.getLong();
            long first = in.getLong();
            long end = in.getLong();
            long payloadBytes = in.getLong();
            long recordBytes = in.getLong();
            long lastTimeMs = in.getLong();
            boolean more = in.getInt() == 1;
            for (int run = 0; run < count; run++) {
                runs.add(in.getInt(), in.getInt());
            }
            if (!more) {
                Runs complete = runs;
                runs = new Runs();
                sink.extent(
                        new IndexEntry(
                                shard,
                                stream,
                                first,
                                end,
                                0,
                                complete.count(),
                                payloadBytes,
                                recordBytes,
                                lastTimeMs),
                        complete);
            }
        }
    }
}
