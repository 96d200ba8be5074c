package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// What a start needs to know before it reads anything else; replaced as a whole. Little endian
/// after the [FormatHeader]:
///
/// ```
///  64  4  CRC32C of all bytes from 68 on
///  68  4  first log segment that must be replayed
///  72  8  start counter of the newest start
///  80  8  number of the cells file, 0 for none
///  88  8  length of the cells file
///  96  4  1 when the log ended cleanly: nothing was written to the first segment to be replayed
/// 100  4  number of shards, then for each: id 4, next batch 8, newest batch time 8
///      4  number of segments, then for each: number 4, kind 4
/// ```
///
/// @param firstSegment replay begins with this log segment; all before it is in the cells and the
///   index files
/// @param epoch the newest start counter
/// @param cells number of the cells file, 0 when there was no checkpoint yet
/// @param cellsBytes length of the cells file
/// @param clean whether nothing was written after the checkpoint
/// @param shards where each shard's log stood at the checkpoint
/// @param segments sealed segments before `firstSegment`, and packed ones, that hold something
record Manifest(
        int firstSegment,
        long epoch,
        long cells,
        long cellsBytes,
        boolean clean,
        List<ShardPoint> shards,
        List<SegmentName> segments) {
    static final String NAME = "manifest";

    private static final int CRC_AT = FormatHeader.BYTES;
    private static final int FIELDS_AT = CRC_AT + Integer.BYTES;
    private static final int FIXED_BYTES = 40;
    private static final int SHARD_BYTES = 20;
    private static final int SEGMENT_BYTES = 8;

    /// Where a shard's log stands.
    record ShardPoint(int shard, long nextIndex, long lastTimeMs) {}

    /// A sealed segment.
    record SegmentName(int number, SegmentHeader.Kind kind) {}

    Manifest {
        shards = List.copyOf(shards);
        segments = List.copyOf(segments);
    }

    /// What an empty directory begins with.
    static Manifest first() {
        return new Manifest(1, 0, 0, 0, false, List.of(), List.of());
    }

    Manifest withEpoch(long newEpoch) {
        return new Manifest(firstSegment, newEpoch, cells, cellsBytes, false, shards, segments);
    }

    Manifest withSegments(List<SegmentName> newSegments) {
        return new Manifest(firstSegment, epoch, cells, cellsBytes, clean, shards, newSegments);
    }

    Manifest withClean(boolean newClean) {
        return new Manifest(firstSegment, epoch, cells, cellsBytes, newClean, shards, segments);
    }

    ByteBuffer encode(DirectoryId directory) {
        int bytes =
                FIELDS_AT
                        + FIXED_BYTES
                        + shards.size() * SHARD_BYTES
                        + segments.size() * SEGMENT_BYTES;
        ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        FormatHeader.encode(out, 0, Format.MANIFEST, directory);
        out.position(FIELDS_AT);
        out.putInt(firstSegment).putLong(epoch).putLong(cells).putLong(cellsBytes);
        out.putInt(clean ? 1 : 0).putInt(shards.size());
        for (ShardPoint shard : shards) {
            out.putInt(shard.shard).putLong(shard.nextIndex).putLong(shard.lastTimeMs);
        }
        out.putInt(segments.size());
        for (SegmentName segment : segments) {
            out.putInt(segment.number).putInt(segment.kind.code());
        }
        out.putInt(CRC_AT, Crc.of(out, FIELDS_AT, out.limit() - FIELDS_AT));
        return out.position(0);
    }

    /// Reads what [#encode] wrote.
    ///
    /// @param file named in errors
    static Manifest decode(ByteBuffer source, DirectoryId directory, Object file)
            throws LogOpenException {
        FormatHeader.check(source, Format.MANIFEST, directory, file);
        ByteBuffer in = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (in.limit() < FIELDS_AT + FIXED_BYTES
                || in.getInt(CRC_AT) != Crc.of(in, FIELDS_AT, in.limit() - FIELDS_AT)) {
            throw new LogOpenException(
                    Reason.DAMAGED,
                    file + " is damaged after byte " + CRC_AT + ". Nothing was changed");
        }
        in.position(FIELDS_AT);
        int firstSegment = in.getInt();
        long epoch = in.getLong();
        long cells = in.getLong();
        long cellsBytes = in.getLong();
        boolean clean = in.getInt() == 1;
        List<ShardPoint> shards = new ArrayList<>();
        for (int left = in.getInt(); left > 0; left--) {
            shards.add(new ShardPoint(in.getInt(), in.getLong(), in.getLong()));
        }
        List<SegmentName> segments = new ArrayList<>();
        for (int left = in.getInt(); left > 0; left--) {
            int number = in.getInt();
            segments.add(new SegmentName(number, SegmentHeader.Kind.ofCode(in.getInt())));
        }
        return new Manifest(firstSegment, epoch, cells, cellsBytes, clean, shards, segments);
    }
}
