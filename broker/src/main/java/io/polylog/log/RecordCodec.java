package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// One record in a block. Little endian, starts at a multiple of 8:
///
/// ```
///  0  4  CRC32C of the bytes 4 to 32 and the head, mixed with the record's salt
///  4  1  kind
///  5  1  zero
///  6  2  command type
///  8  4  length of the head
/// 12  4  length of the payload
/// 16  4  CRC32C of the payload
/// 20  4  span
/// 24  8  batch time, milliseconds since 1970
/// 32  .  head, then payload, then zeros up to a multiple of 8
/// ```
///
/// The salt comes from position and generation: a record left over from the file's earlier life
/// never passes. Head and payload have checksums of their own, so that a damaged payload takes
/// nothing with it: its command can still be applied.
///
/// The kind is in the first eight bytes, so that a padding of eight is enough to see that no record
/// follows. Methods work on absolute places; the buffer's position and limit stay unless said
/// otherwise.
final class RecordCodec {
    static final int HEADER_BYTES = 32;
    static final int ALIGNMENT = 8;

    /// Padding: the rest of the block is empty.
    static final byte NONE = 0;

    /// A batch begins; its head is a [BatchHeader].
    static final byte BATCH = 1;

    /// A command with its payload.
    static final byte COMMAND = 2;

    /// A command whose payload was logged before it in parts; its payload here lists them.
    static final byte LARGE = 3;

    /// A part of a large payload.
    static final byte PART = 4;

    /// Not a record: a block header has this at the place of the kind.
    static final byte BLOCK = 0x42;

    /// Bytes of one entry in the list of parts: position and length.
    static final int PART_ENTRY_BYTES = Long.BYTES + Integer.BYTES;

    private static final int CRC_AT = 0;
    static final int KIND_AT = 4;
    private static final int TYPE_AT = 6;
    private static final int HEAD_LENGTH_AT = 8;
    private static final int PAYLOAD_LENGTH_AT = 12;
    private static final int PAYLOAD_CRC_AT = 16;
    private static final int SPAN_AT = 20;
    private static final int TIME_AT = 24;

    private RecordCodec() {}

    /// Length of a record with its padding.
    static int bytes(int headLength, int payloadLength) {
        return (HEADER_BYTES + headLength + payloadLength + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /// Writes all but the checksums; head and payload are in place already.
    static void encode(ByteBuffer block, int at, byte kind, Fields fields) {
        block.putInt(at + HEAD_LENGTH_AT, fields.headLength);
        block.putInt(at + PAYLOAD_LENGTH_AT, fields.payloadLength);
        block.putInt(at + KIND_AT, (kind & 0xff) | fields.type << Short.SIZE);
        block.putInt(at + SPAN_AT, fields.span);
        block.putLong(at + TIME_AT, fields.timeMs);
    }

    /// Computes and writes the checksums of a record that is otherwise complete.
    ///
    /// @param scratch a view of the same bytes as `block` whose position and limit are free
    /// @return the record's own checksum
    static int seal(ByteBuffer block, int at, long salt, ByteBuffer scratch, CRC32C crc) {
        int headLength = block.getInt(at + HEAD_LENGTH_AT);
        int payloadLength = block.getInt(at + PAYLOAD_LENGTH_AT);
        int payloadCrc =
                payloadLength == 0
                        ? 0
                        : Crc.of(crc, scratch, at + HEADER_BYTES + headLength, payloadLength);
        block.putInt(at + PAYLOAD_CRC_AT, payloadCrc);
        int headerCrc = headerCrc(at, headLength, salt, scratch, crc);
        block.putInt(at + CRC_AT, headerCrc);
        return headerCrc;
    }

    private static int headerCrc(
            int at, int headLength, long salt, ByteBuffer scratch, CRC32C crc) {
        int covered = HEADER_BYTES - KIND_AT + headLength;
        return Crc.of(crc, scratch, at + KIND_AT, covered) ^ Long.hashCode(salt);
    }

    /// What a record's own checksum is mixed with.
    static long salt(long generation, long position) {
        return (generation ^ position) * 0x9E3779B97F4A7C15L;
    }

    /// Whether a whole record lies at `at`, before `end`, and the checksum of its header and head
    /// is right.
    static boolean intact(
            ByteBuffer block, int at, int end, long salt, ByteBuffer scratch, CRC32C crc) {
        if (end - at < HEADER_BYTES) {
            return false;
        }
        int headLength = headLength(block, at);
        int payloadLength = payloadLength(block, at);
        int room = end - at - HEADER_BYTES;
        if (headLength < 0
                || headLength > room
                || payloadLength < 0
                || payloadLength > room - headLength) {
            return false;
        }
        return crc(block, at) == headerCrc(at, headLength, salt, scratch, crc);
    }

    /// Whether the payload of an intact record, whole before the buffer's end, is right.
    static boolean payloadIntact(ByteBuffer block, int at, ByteBuffer scratch, CRC32C crc) {
        int length = payloadLength(block, at);
        int from = at + HEADER_BYTES + headLength(block, at);
        return length == 0
                || block.getInt(at + PAYLOAD_CRC_AT) == Crc.of(crc, scratch, from, length);
    }

    static int crc(ByteBuffer block, int at) {
        return block.getInt(at + CRC_AT);
    }

    static int headLength(ByteBuffer block, int at) {
        return block.getInt(at + HEAD_LENGTH_AT);
    }

    static int payloadLength(ByteBuffer block, int at) {
        return block.getInt(at + PAYLOAD_LENGTH_AT);
    }

    static byte kind(ByteBuffer block, int at) {
        return block.get(at + KIND_AT);
    }

    static int type(ByteBuffer block, int at) {
        return Short.toUnsignedInt(block.getShort(at + TYPE_AT));
    }

    static int span(ByteBuffer block, int at) {
        return block.getInt(at + SPAN_AT);
    }

    static long timeMs(ByteBuffer block, int at) {
        return block.getLong(at + TIME_AT);
    }

    /// Length of the record at `at` with its padding.
    static int bytes(ByteBuffer block, int at) {
        return bytes(headLength(block, at), payloadLength(block, at));
    }

    /// The header's variable fields; one object is used again and again.
    static final class Fields {
        int headLength;
        int payloadLength;
        int type;
        int span;
        long timeMs;

        Fields set(int headLength, int payloadLength, int type, int span, long timeMs) {
            this.headLength = headLength;
            this.payloadLength = payloadLength;
            this.type = type;
            this.span = span;
            this.timeMs = timeMs;
            return this;
        }
    }
}
