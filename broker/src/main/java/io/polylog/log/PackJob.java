package io.polylog.log;

import io.polylog.log.ReadResult.Shape;
import io.polylog.log.StreamIndex.Owed;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.agrona.collections.Long2LongHashMap;
import org.jspecify.annotations.Nullable;

/// Copies what is owed of some segments into one packed segment, stream by stream. A payload that
/// several streams hold is copied once. Background thread.
final class PackJob {
    private static final int PIECE_BYTES = 16 << 10;
    private static final int PART_ENTRY_BYTES = RecordCodec.PART_ENTRY_BYTES;
    private static final long NOT_COPIED = -1;

    private final List<Owed> work;
    private final LogIndex index;
    private final IndexPages pages;
    private final PackWriter writer;
    private final FileRecords files;
    private final @Nullable Long2LongHashMap copied;
    private final List<PackedExtent> packed = new ArrayList<>();
    private int next;

    /// @param owed what to copy
    /// @param shared whether a record may lie in several streams
    PackJob(
            List<Owed> owed,
            boolean shared,
            LogIndex index,
            IndexPages pages,
            PackWriter writer,
            FileRecords files) {
        work = new ArrayList<>(owed);
        copied = shared ? new Long2LongHashMap(NOT_COPIED) : null;
        Comparator<Owed> byShard = Comparator.comparingInt(item -> item.extent().owner.shard());
        work.sort(
                byShard.thenComparingLong(item -> item.extent().owner.id())
                        .thenComparingLong(item -> item.extent().first));
        this.index = index;
        this.pages = pages;
        this.writer = writer;
        this.files = files;
        files.expectLittle(PIECE_BYTES);
    }

    /// A record of a source cannot be read: its segment stays as it is.
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final int segment;

        DamagedException(Segment segment, int at) {
            super(segment + " byte " + at);
            this.segment = segment.number();
        }

        /// Number of the segment.
        int segment() {
            return segment;
        }
    }

    /// Copies one extent after the other until about `bytes` are written; whether all are done.
    boolean copy(long bytes) throws IOException {
        long end = writer.writtenBytes() + bytes;
        while (next < work.size() && writer.writtenBytes() < end) {
            copy(work.get(next++));
        }
        return next == work.size();
    }

    List<PackedExtent> packed() {
        return packed;
    }

    private void copy(Owed owed) throws IOException {
        Extent extent = owed.extent();
        RunTable runs = pages.runs(extent);
        Builder builder = new Builder(extent);
        int count = runs.count();
        for (int run = 0; run < count; run++) {
            long first = extent.first + runs.delta(run);
            long end = run + 1 < count ? extent.first + runs.delta(run + 1) : extent.end();
            int place = runs.place(run);
            if (place != 0 && owed.any(first, end)) {
                copyRun(owed, place * RecordCodec.ALIGNMENT, first, end, builder);
            }
        }
        PackedExtent made = builder.finish();
        if (made != null) {
            packed.add(made);
        }
    }

    private void copyRun(Owed owed, int byteInSegment, long first, long end, Builder builder)
            throws IOException {
        Segment segment = owed.extent().segment.segment();
        int at = byteInSegment;
        long offset = first;
        while (offset < end) {
            byte kind = files.kind(segment, at);
            if (kind == RecordCodec.BLOCK) {
                at += BlockCodec.HEADER_BYTES;
            } else if (kind == RecordCodec.NONE && at % BlockCodec.ALIGNMENT != 0) {
                at = BlockCodec.padded(at);
            } else {
                Shape shape = files.shape(segment, at);
                if (shape == null) {
                    throw new DamagedException(segment, at);
                }
                if (shape.isStored()) {
                    if (owed.any(offset, offset + shape.span())) {
                        long position = copied(segment, at, shape);
                        builder.add(offset, shape, position, payloadBytes(segment, at, shape));
                    }
                    offset += shape.span();
                }
                at += shape.bytes();
            }
        }
    }

    /// The position of a record's copy, made now unless another stream has it already.
    private long copied(Segment segment, int at, Shape shape) throws IOException {
        Long2LongHashMap before = copied;
        long known = before == null ? NOT_COPIED : before.get(segment.position(at));
        if (known != NOT_COPIED) {
            return known;
        }
        if (!files.payloadIntact(segment, at, shape)) {
            throw new DamagedException(segment, at);
        }
        long position =
                shape.kind() == RecordCodec.LARGE
                        ? copyLarge(segment, at, shape)
                        : writer.add(shape, files.bytes(segment, at, shape));
        if (before != null) {
            before.put(segment.position(at), position);
        }
        return position;
    }

    private long payloadBytes(Segment segment, int at, Shape shape) throws IOException {
        if (shape.kind() != RecordCodec.LARGE) {
            return shape.payloadLength();
        }
        ByteBuffer record = files.bytes(segment, at, shape);
        int list = RecordCodec.HEADER_BYTES + shape.headLength();
        return Math.max(0, Parts.totalBytes(record, list, shape.payloadLength()));
    }

    private long copyLarge(Segment segment, int at, Shape shape) throws IOException {
        byte[] record = new byte[RecordCodec.HEADER_BYTES + shape.headLength()];
        byte[] list = new byte[shape.payloadLength()];
        ByteBuffer bytes = files.bytes(segment, at, shape);
        bytes.get(0, record);
        bytes.get(record.length, list);
        ByteBuffer parts = ByteBuffer.wrap(list).order(ByteOrder.LITTLE_ENDIAN);
        for (int entry = 0; entry < list.length; entry += PART_ENTRY_BYTES) {
            parts.putLong(entry, copyPart(parts.getLong(entry)));
        }
        return writer.add(shape, ByteBuffer.wrap(record), parts, list.length);
    }

    private long copyPart(long position) throws IOException {
        SegmentIndex found = index.find(Position.segment(position));
        if (found == null) {
            throw new IOException("segment " + Position.segment(position) + " is gone");
        }
        Segment segment = found.segment();
        int at = Position.offset(position);
        Shape shape = files.shape(segment, at);
        if (shape == null || !files.payloadIntact(segment, at, shape)) {
            throw new DamagedException(segment, at);
        }
        return writer.add(shape, files.bytes(segment, at, shape));
    }

    /// Gathers what becomes of one extent.
    private static final class Builder {
        private final Extent original;
        private final Runs runs = new Runs();
        private long first = -1;
        private long end;
        private long runBegan;
        private long lastEnd;
        private long payloadBytes;
        private long recordBytes;
        private long lastTimeMs;

        Builder(Extent original) {
            this.original = original;
        }

        void add(long offset, Shape shape, long position, long payload) {
            int place = Position.offset(position);
            if (first < 0) {
                first = offset;
                end = offset;
            }
            boolean hole = offset > end;
            if (hole) {
                runs.add((int) (end - first), 0);
            }
            boolean goesOn =
                    !hole && place == lastEnd && place - runBegan < original.owner.runBytes();
            if (!goesOn) {
                runs.add((int) (offset - first), place / RecordCodec.ALIGNMENT);
                runBegan = place;
            }
            lastEnd = (long) place + shape.bytes();
            end = offset + shape.span();
            payloadBytes += payload;
            recordBytes += shape.bytes() - shape.payloadLength() + payload;
            lastTimeMs = Math.max(lastTimeMs, shape.timeMs());
        }

        @Nullable PackedExtent finish() {
            return first < 0
                    ? null
                    : new PackedExtent(
                            original, first, end, runs, payloadBytes, recordBytes, lastTimeMs);
        }
    }
}
