package io.polylog.log;

import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// The part of a stream that lies in one segment: offsets `first` to `end` without a gap (in a
/// packed segment holes are offsets that were dropped before). Written by the shard's thread, read
/// by any.
final class Extent {
    /// Followed by no record's number: the next record begins a run.
    private static final long NO_ORDINAL = Long.MIN_VALUE;

    final StreamIndex owner;
    final SegmentIndex segment;
    final long first;

    /// Offset after the last one. Grows until the segment is sealed.
    private long end;

    /// Null once the runs are read from the segment's index file.
    private volatile @Nullable Runs runs;

    /// Where the index file has the runs.
    private int runsAt;

    private int runCount;

    /// Offsets still owed. Shard's thread.
    private long owed;

    private long payloadBytes;
    private long recordBytes;
    private long lastTimeMs;
    private long lastOrdinal;
    private int runBegan;

    /// Offsets before this one are known from a checkpoint; a replay comes by them again.
    private long knownEnd;

    Extent(StreamIndex owner, SegmentIndex segment, long first) {
        this.owner = owner;
        this.segment = segment;
        this.first = first;
        end = first;
        runs = new Runs();
    }

    /// An extent of a sealed segment, as its index file tells.
    Extent(StreamIndex owner, SegmentIndex segment, IndexEntry entry) {
        this.owner = owner;
        this.segment = segment;
        first = entry.first();
        end = entry.end();
        runsAt = entry.runsAt();
        runCount = entry.runCount();
        owed = end - first;
        segment.owe(0, owed);
        payloadBytes = entry.payloadBytes();
        recordBytes = entry.recordBytes();
        lastTimeMs = entry.lastTimeMs();
    }

    /// An extent of the active segment, as a checkpoint tells. It may grow on.
    Extent(StreamIndex owner, SegmentIndex segment, IndexEntry entry, Runs known) {
        this(owner, segment, entry);
        runs = known;
        knownEnd = end;
        lastOrdinal = NO_ORDINAL;
    }

    /// A copy of records in a packed segment; nothing is owed of it yet.
    Extent(StreamIndex owner, SegmentIndex segment, PackedExtent packed) {
        this.owner = owner;
        this.segment = segment;
        first = packed.first();
        end = packed.end();
        runs = packed.runs();
        payloadBytes = packed.payloadBytes();
        recordBytes = packed.recordBytes();
        lastTimeMs = packed.lastTimeMs();
    }

    /// Takes over what is owed of the extent it is a copy of.
    void takeOwed(Extent original) {
        segment.owe(owed, original.owed);
        owed = original.owed;
        original.release(owed);
    }

    long end() {
        long seen = end;
        VarHandle.acquireFence();
        return seen;
    }

    /// Whether a checkpoint told of the record at this offset already.
    boolean knows(long offset) {
        return offset < knownEnd;
    }

    /// Whether a record at this offset continues the extent.
    boolean continuedBy(SegmentIndex inSegment, long offset, int span) {
        return segment == inSegment
                && end == offset
                && runs != null
                && offset + span - first <= Integer.MAX_VALUE;
    }

    /// Adds a record at the end.
    ///
    /// @param ordinal its number among the payload records of the log
    void add(int span, long ordinal, ShardMachine.Locator locator, long timeMs) {
        Runs into = runs;
        if (into == null) {
            throw new IllegalStateException("an indexed extent does not grow");
        }
        int place = Position.offset(locator.position());
        boolean runGoesOn =
                end > first && ordinal == lastOrdinal + 1 && place - runBegan < owner.runBytes();
        if (!runGoesOn) {
            into.add((int) (end - first), place / RecordCodec.ALIGNMENT);
            runBegan = place;
        }
        lastOrdinal = ordinal;
        payloadBytes += locator.payloadBytes();
        recordBytes += locator.lengthBytes();
        lastTimeMs = timeMs;
        segment.owe(owed, owed + span);
        owed += span;
        VarHandle.releaseFence();
        end += span;
    }

    @Nullable Runs runs() {
        return runs;
    }

    int runsAt() {
        return runsAt;
    }

    int runCount() {
        return runCount;
    }

    /// The runs while they are in memory.
    RunTable knownRuns() {
        Runs known = runs;
        if (known == null) {
            throw new IllegalStateException("the extent has an index file already");
        }
        return known;
    }

    /// What the index file says of it.
    IndexEntry entry(int at, int count) {
        return new IndexEntry(
                owner.shard(),
                owner.id(),
                first,
                end,
                at,
                count,
                payloadBytes,
                recordBytes,
                lastTimeMs);
    }

    /// From now on the runs are read from the index file.
    void indexed(IndexEntry entry) {
        runsAt = entry.runsAt();
        runCount = entry.runCount();
        runs = null;
    }

    long owed() {
        return owed;
    }

    /// `count` offsets are not owed any more.
    void release(long count) {
        if (count > owed) {
            throw new IllegalStateException(owner + " owes less than nothing");
        }
        segment.owe(owed, owed - count);
        owed -= count;
    }

    /// Bytes of the segment that are still owed, about.
    long owedBytes() {
        return owedPart(recordBytes);
    }

    /// Payload bytes that are still owed, about.
    long owedPayloadBytes() {
        return owedPart(payloadBytes);
    }

    private long owedPart(long bytes) {
        long offsets = end - first;
        return offsets == 0 ? 0 : (long) ((double) bytes * owed / offsets);
    }

    long recordBytes() {
        return recordBytes;
    }
}
