package io.polylog.log;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// Where the records of one stream lie: its extents in order of offset, and which offsets are still
/// owed. Written by the shard's thread, searched by any.
final class StreamIndex {
    /// A run is cut after this many bytes, so that a search walks no further.
    private static final int RUN_BYTES = 1 << 13;

    /// As above, where records are read by themselves: the walk to one costs more than the read.
    private static final int SCATTERED_RUN_BYTES = 1 << 9;

    private static final Extent[] NONE = {};

    private final int shard;
    private final long id;

    /// Never changed in place.
    private volatile Extent[] extents = NONE;

    /// The newest extent; the same as the last of `extents`.
    private @Nullable Extent last;

    private long floor;
    private @Nullable DropSet dropped;
    private volatile int runBytes = RUN_BYTES;

    StreamIndex(int shard, long id) {
        this.shard = shard;
        this.id = id;
    }

    int shard() {
        return shard;
    }

    long id() {
        return id;
    }

    /// Whether its records are read by themselves.
    void scattered(boolean now) {
        runBytes = now ? SCATTERED_RUN_BYTES : RUN_BYTES;
    }

    /// After how many bytes a run is cut that is made now.
    int runBytes() {
        return runBytes;
    }

    @Override
    public String toString() {
        return "stream " + id + " of shard " + shard;
    }

    /// Adds a record.
    ///
    /// @param ordinal its number among the payload records of the log
    void put(
            long offset,
            int span,
            long ordinal,
            ShardMachine.Locator locator,
            long timeMs,
            SegmentIndex segment) {
        Extent extent = last;
        if (extent != null && extent.knows(offset)) {
            return;
        }
        if (extent == null || !extent.continuedBy(segment, offset, span)) {
            long end = extent == null ? floor : Math.max(floor, extent.end());
            if (offset < end) {
                throw new IllegalArgumentException(
                        "%s: offset %d after %d".formatted(this, offset, end));
            }
            extent = new Extent(this, segment, offset);
            segment.add(extent);
            extent.add(span, ordinal, locator, timeMs);
            append(extent);
            return;
        }
        extent.add(span, ordinal, locator, timeMs);
    }

    /// Takes back an extent that an index file names; [#sort] follows when all are there.
    void restore(SegmentIndex segment, IndexEntry entry) {
        restore(new Extent(this, segment, entry));
    }

    /// Takes back an extent of the active segment; [#sort] follows when all are there.
    void restore(SegmentIndex active, IndexEntry entry, Runs runs) {
        restore(new Extent(this, active, entry, runs));
    }

    private void restore(Extent extent) {
        extent.segment.add(extent);
        append(extent);
    }

    /// Puts extents added in any order into order of offset.
    void sort() {
        Extent[] sorted = extents.clone();
        Arrays.sort(sorted, (a, b) -> Long.compare(a.first, b.first));
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i].first < sorted[i - 1].end()) {
                throw new IllegalStateException(this + " lies twice at " + sorted[i].first);
            }
        }
        extents = sorted;
        last = sorted.length == 0 ? null : sorted[sorted.length - 1];
    }

    private void append(Extent extent) {
        Extent[] current = extents;
        Extent[] longer = Arrays.copyOf(current, current.length + 1);
        longer[current.length] = extent;
        extents = longer;
        last = extent;
    }

    void trim(long newFloor) {
        if (newFloor <= floor) {
            return;
        }
        DropSet drops = dropped;
        for (Extent extent : extents) {
            if (extent.first >= newFloor) {
                break;
            }
            long from = Math.max(floor, extent.first);
            long to = Math.min(newFloor, extent.end());
            if (to > from) {
                extent.release(to - from - (drops == null ? 0 : drops.count(from, to)));
            }
        }
        floor = newFloor;
        if (drops != null) {
            drops.removeBelow(newFloor);
        }
        removeSettled();
    }

    void drop(long offset, long end) {
        long from = Math.max(offset, floor);
        Extent[] current = extents;
        boolean settled = false;
        for (int i = find(current, from); i < current.length && current[i].first < end; i++) {
            Extent extent = current[i];
            long to = Math.min(end, extent.end());
            long first = Math.max(from, extent.first);
            if (to > first) {
                extent.release(drops().add(first, to));
                settled |= extent.owed() == 0 && extent.segment.sealed();
            }
        }
        if (settled) {
            removeSettled();
        }
    }

    private DropSet drops() {
        DropSet drops = dropped;
        if (drops == null) {
            drops = new DropSet();
            dropped = drops;
        }
        return drops;
    }

    /// The stream is gone: nothing of it is owed.
    void delete() {
        for (Extent extent : extents) {
            extent.release(extent.owed());
        }
        extents = NONE;
        last = null;
        dropped = null;
    }

    /// Takes out extents that are owed nothing; one that may still grow stays.
    void removeSettled() {
        Extent[] current = extents;
        int kept = 0;
        for (Extent extent : current) {
            kept += isSettled(extent) ? 0 : 1;
        }
        if (kept == current.length) {
            return;
        }
        Extent[] left = new Extent[kept];
        int at = 0;
        for (Extent extent : current) {
            if (!isSettled(extent)) {
                left[at++] = extent;
            }
        }
        extents = left;
        last = kept == 0 ? null : left[kept - 1];
    }

    private static boolean isSettled(Extent extent) {
        return extent.owed() == 0 && extent.segment.sealed();
    }

    /// What is owed of an extent now.
    Owed owed(Extent extent) {
        long from = Math.max(floor, extent.first);
        DropSet drops = dropped;
        BitSet gone = drops == null ? new BitSet() : drops.copy(from, extent.end());
        return new Owed(extent, from, gone);
    }

    /// Which offsets of an extent were owed at some moment.
    ///
    /// @param from the first one that may be
    /// @param gone those from there on that are not, counted from `from`
    record Owed(Extent extent, long from, BitSet gone) {
        /// Whether one of the offsets is owed.
        boolean any(long first, long end) {
            long start = Math.max(first, from);
            return start < end && gone.nextClearBit((int) (start - from)) < end - from;
        }
    }

    /// Puts a copy in another segment in place of an extent.
    ///
    /// @return false if the extent is gone meanwhile: nothing of it is owed any more
    boolean replace(Extent old, Extent copy) {
        Extent[] current = extents;
        for (int i = 0; i < current.length; i++) {
            if (current[i].equals(old)) {
                Extent[] changed = current.clone();
                changed[i] = copy;
                copy.takeOwed(old);
                extents = changed;
                last = changed[changed.length - 1];
                return true;
            }
        }
        return false;
    }

    /// The extent that holds `offset`, or else the next one; null when there is none.
    @Nullable Extent at(long offset) {
        Extent[] current = extents;
        int found = find(current, offset);
        return found < current.length ? current[found] : null;
    }

    /// The place of the first extent that ends after `offset`.
    private static int find(Extent[] extents, long offset) {
        int low = 0;
        int high = extents.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (extents[middle].end() <= offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// Payload bytes that are still owed, about.
    long owedBytes() {
        long bytes = 0;
        for (Extent extent : extents) {
            bytes += extent.owedPayloadBytes();
        }
        return bytes;
    }
}
