package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The header of a block: one commit, one durable write. A block starts at a multiple of 4 KiB and
/// takes a multiple of 4 KiB; zeros follow its records. Little endian:
///
/// ```
///  0  4  "PLBK"
///  4  1  0x42: told from a record by the byte that is a record's kind
///  5  3  zero
///  8  8  generation of the segment
/// 16  4  CRC32C of the bytes 0 to 16 and 20 to 64
/// 20  4  length with this header, without padding
/// 24  8  its own position
/// 32  8  watermark: all before this position was durable when the block was written
/// 40  4  number of records
/// 44  4  bytes 16 to 20 of the block before it in the segment (the last one of the segment before)
/// 48  4  the records' own checksums, folded
/// 52  4  start counter of the process that wrote it
/// 56  8  batch time, milliseconds since 1970
/// ```
///
/// The records carry the checksums of their bytes; folding these into the header costs nothing and
/// makes a block as strong as one checksum over all of it, while a damaged payload stays one
/// record's damage.
final class BlockCodec {
    static final int HEADER_BYTES = 64;
    static final int ALIGNMENT = 4096;

    static final int MAGIC = 'P' | 'L' << 8 | 'B' << 16 | 'K' << 24;
    private static final int KIND_AT = RecordCodec.KIND_AT;
    private static final int GENERATION_AT = 8;
    private static final int CRC_AT = 16;
    private static final int LENGTH_AT = 20;
    private static final int POSITION_AT = 24;
    private static final int WATERMARK_AT = 32;
    private static final int RECORDS_AT = 40;
    private static final int PREVIOUS_CRC_AT = 44;
    private static final int RECORDS_CRC_AT = 48;
    private static final int EPOCH_AT = 52;
    private static final int TIME_AT = 56;

    private BlockCodec() {}

    /// A decoded header.
    ///
    /// @param crc its own checksum, which the next block repeats
    record Header(
            int crc,
            long generation,
            int length,
            long position,
            long watermark,
            int records,
            int previousCrc,
            int recordsCrc,
            int epoch,
            long timeMs) {

        Header withCrc(int newCrc) {
            return new Header(
                    newCrc,
                    generation,
                    length,
                    position,
                    watermark,
                    records,
                    previousCrc,
                    recordsCrc,
                    epoch,
                    timeMs);
        }

        /// Bytes it takes on disk.
        int paddedBytes() {
            return padded(length);
        }

        /// Where the next block would start.
        long end() {
            return position + paddedBytes();
        }
    }

    static int padded(int length) {
        return (length + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /// Adds a record's checksum to the fold.
    static int fold(int recordsCrc, int recordCrc) {
        return Integer.rotateLeft(recordsCrc, 5) * 0x01000193 ^ recordCrc;
    }

    /// Writes a header at `at`; `header.crc` is ignored.
    ///
    /// @param scratch a view of the same bytes whose position and limit are free
    /// @return the checksum
    static int encode(ByteBuffer block, int at, Header header, ByteBuffer scratch, CRC32C crc) {
        block.putInt(at, MAGIC);
        block.putLong(at + GENERATION_AT, header.generation);
        block.putInt(at + KIND_AT, RecordCodec.BLOCK);
        block.putInt(at + LENGTH_AT, header.length);
        block.putLong(at + POSITION_AT, header.position);
        block.putLong(at + WATERMARK_AT, header.watermark);
        block.putInt(at + RECORDS_AT, header.records);
        block.putInt(at + PREVIOUS_CRC_AT, header.previousCrc);
        block.putInt(at + RECORDS_CRC_AT, header.recordsCrc);
        block.putInt(at + EPOCH_AT, header.epoch);
        block.putLong(at + TIME_AT, header.timeMs);
        int sum = crc(at, scratch, crc);
        block.putInt(at + CRC_AT, sum);
        return sum;
    }

    private static int crc(int at, ByteBuffer scratch, CRC32C crc) {
        int after = at + CRC_AT + Integer.BYTES;
        return Crc.of(crc, scratch, at, CRC_AT)
                ^ Crc.of(crc, scratch, after, at + HEADER_BYTES - after);
    }

    /// Whether a block header with a right checksum lies at `at`.
    static boolean intact(ByteBuffer block, int at, ByteBuffer scratch, CRC32C crc) {
        return block.getInt(at) == MAGIC && block.getInt(at + CRC_AT) == crc(at, scratch, crc);
    }

    /// Reads an intact header.
    static Header decode(ByteBuffer block, int at) {
        return new Header(
                block.getInt(at + CRC_AT),
                block.getLong(at + GENERATION_AT),
                block.getInt(at + LENGTH_AT),
                block.getLong(at + POSITION_AT),
                block.getLong(at + WATERMARK_AT),
                block.getInt(at + RECORDS_AT),
                block.getInt(at + PREVIOUS_CRC_AT),
                block.getInt(at + RECORDS_CRC_AT),
                block.getInt(at + EPOCH_AT),
                block.getLong(at + TIME_AT));
    }
}
