package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The first 4 KiB of a segment file, written before any block. Little endian after the
/// [FormatHeader]:
///
/// ```
/// 64  4  number; the file bears it too
/// 68  1  kind: 1 log, 2 packed
/// 69  3  zero
/// 72  8  generation: drawn anew each time the file is taken into use
/// 80  8  size of the file
/// 88  4  number of the log segment before it, 0 for the first
/// 92  4  CRC32C of the bytes 64 to 92
/// ```
///
/// @param previous number of the log segment before it, 0 when there is none
record SegmentHeader(int number, Kind kind, long generation, long sizeBytes, int previous) {
    static final int BYTES = BlockCodec.ALIGNMENT;

    private static final int AT = FormatHeader.BYTES;
    private static final int CRC_AT = 92;

    /// What a segment holds.
    enum Kind {
        /// Blocks in the order they were committed.
        LOG(1),
        /// Records that the copier gathered from other segments, by stream.
        PACKED(2);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        /// What stands for it on disk.
        int code() {
            return code;
        }

        static Kind ofCode(int code) {
            return code == PACKED.code ? PACKED : LOG;
        }
    }

    /// Fills the first [#BYTES] of the buffer.
    void encode(ByteBuffer target, DirectoryId directory) {
        ByteBuffer out = target.slice(0, BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < BYTES; i += Long.BYTES) {
            out.putLong(i, 0);
        }
        FormatHeader.encode(out, 0, Format.SEGMENT, directory);
        out.position(AT);
        out.putInt(number).putInt(kind.code).putLong(generation);
        out.putLong(sizeBytes).putInt(previous);
        out.putInt(CRC_AT, Crc.of(out, AT, CRC_AT - AT));
    }

    /// Reads what [#encode] wrote.
    ///
    /// @param file named in errors
    static SegmentHeader decode(ByteBuffer source, DirectoryId directory, Object file)
            throws LogOpenException {
        FormatHeader.check(source, Format.SEGMENT, directory, file);
        ByteBuffer in = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (in.limit() < CRC_AT + Integer.BYTES
                || in.getInt(CRC_AT) != Crc.of(in, AT, CRC_AT - AT)) {
            throw new LogOpenException(
                    Reason.DAMAGED, file + " is damaged in the bytes " + AT + " to " + CRC_AT);
        }
        in.position(AT);
        int number = in.getInt();
        int kind = in.getInt();
        Kind known = Kind.ofCode(kind);
        return new SegmentHeader(number, known, in.getLong(), in.getLong(), in.getInt());
    }
}
