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
///  68  4  log segment in which the replay begins
///  72  4  byte of the segment where it begins
///  76  4  checksum of the block before
///  80  8  start counter of the newest start
///  88  8  number of the cells file, 0 for none
///  96  8  length of the cells file
/// 104  8  position up to which the log was durable when the checkpoint was complete
/// 112  4  1 when the log ended cleanly: nothing was written where the replay begins
/// 116  4  number of shards, then for each: id 4, next batch 8, newest batch time 8
///      4  number of segments, then for each: number 4, kind 4
/// ```
///
/// @param start replay begins here; all before it is in the cells and the index files
/// @param epoch the newest start counter
/// @param cells number of the cells file, 0 when there was no checkpoint yet
/// @param cellsBytes length of the cells file
/// @param durable the log reached at least this position when the checkpoint was complete: a replay
///   that ends before it has lost something
/// @param clean whether nothing was written after the checkpoint
/// @param shards where each shard's log stood at the checkpoint
/// @param segments sealed segments before the start, and packed ones, that hold something
record Manifest(
        ReplayStart start,
        long epoch,
        long cells,
        long cellsBytes,
        long durable,
        boolean clean,
        List<ShardPoint> shards,
        List<SegmentName> segments) {
    static final String NAME = "manifest";

    private static final int CRC_AT = FormatHeader.BYTES;
    private static final int FIELDS_AT = CRC_AT + Integer.BYTES;
    private static final int FIXED_BYTES = 56;
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
        return new Manifest(ReplayStart.FIRST, 0, 0, 0, 0, false, List.of(), List.of());
    }

    Manifest withEpoch(long newEpoch) {
        return new Manifest(start, newEpoch, cells, cellsBytes, durable, false, shards, segments);
    }

    Manifest withSegments(List<SegmentName> newSegments) {
        return new Manifest(start, epoch, cells, cellsBytes, durable, clean, shards, newSegments);
    }

    Manifest withClean(boolean newClean) {
        return new Manifest(start, epoch, cells, cellsBytes, durable, newClean, shards, segments);
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
        out.putInt(start.segment()).putInt(start.offset()).putInt(start.previousCrc());
        out.putLong(epoch).putLong(cells).putLong(cellsBytes).putLong(durable);
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
            throw damaged(file);
        }
        in.position(FIELDS_AT);
        ReplayStart start = new ReplayStart(in.getInt(), in.getInt(), in.getInt());
        long epoch = in.getLong();
        long cells = in.getLong();
        long cellsBytes = in.getLong();
        long durable = in.getLong();
        boolean clean = in.getInt() == 1;
        List<ShardPoint> shards = new ArrayList<>();
        for (int left = count(in, SHARD_BYTES, file); left > 0; left--) {
            shards.add(new ShardPoint(in.getInt(), in.getLong(), in.getLong()));
        }
        List<SegmentName> segments = new ArrayList<>();
        for (int left = count(in, SEGMENT_BYTES, file); left > 0; left--) {
            int number = in.getInt();
            segments.add(new SegmentName(number, SegmentHeader.Kind.ofCode(in.getInt())));
        }
        return new Manifest(start, epoch, cells, cellsBytes, durable, clean, shards, segments);
    }

    /// A number of things that are there.
    private static int count(ByteBuffer in, int bytesEach, Object file) throws LogOpenException {
        int count = in.remaining() < Integer.BYTES ? -1 : in.getInt();
        if (count < 0 || (long) count * bytesEach > in.remaining()) {
            throw damaged(file);
        }
        return count;
    }

    private static LogOpenException damaged(Object file) {
        return new LogOpenException(
                Reason.DAMAGED,
                file + " is damaged after byte " + CRC_AT + ". Nothing was changed");
    }
}
