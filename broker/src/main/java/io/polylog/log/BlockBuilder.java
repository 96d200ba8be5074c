package io.polylog.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Fills one block in memory, record by record. One thread: the commit thread in the ring, the
/// background thread for packed segments.
final class BlockBuilder {
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(BlockCodec.ALIGNMENT);

    private final ByteBuffer memory;
    private final ByteBuffer scratch;
    private final CRC32C crc = new CRC32C();
    private final RecordCodec.Fields fields = new RecordCodec.Fields();
    private int base;
    private int used;
    private int capacity;
    private long position;
    private long generation;
    private int records;
    private int recordsCrc;

    /// @param memory the blocks are built in it; its position and limit are not used
    BlockBuilder(ByteBuffer memory) {
        this.memory = memory.duplicate().order(ByteOrder.LITTLE_ENDIAN).clear();
        scratch = memory.duplicate().clear();
    }

    /// Starts an empty block.
    ///
    /// @param base its place in the ring's memory
    /// @param capacity the most it may take
    void begin(int base, int capacity, long position, long generation) {
        this.base = base;
        this.capacity = capacity;
        this.position = position;
        this.generation = generation;
        used = BlockCodec.HEADER_BYTES;
        records = 0;
        recordsCrc = 0;
    }

    /// Whether a record of these lengths still fits.
    boolean fits(int headLength, int payloadLength) {
        return RecordCodec.bytes(headLength, payloadLength) <= capacity - used;
    }

    boolean isEmpty() {
        return records == 0;
    }

    /// The log position of the next record.
    long nextPosition() {
        return position + used;
    }

    /// Bytes taken so far, header included.
    int usedBytes() {
        return used;
    }

    /// Fields for the next record, to be set and handed to [#append].
    RecordCodec.Fields fields() {
        return fields;
    }

    /// Adds a record that fits. Head and payload are read from their positions, which stay; the
    /// payload's part is `fields.payloadLength` bytes from `payloadAt` on.
    ///
    /// @return the record's length with padding
    int append(byte kind, ByteBuffer head, ByteBuffer payload, int payloadAt) {
        int at = base + used;
        int length = RecordCodec.bytes(fields.headLength, fields.payloadLength);
        // The padding shares the last eight bytes with the content that is copied over it.
        memory.putLong(at + length - Long.BYTES, 0);
        RecordCodec.encode(memory, at, kind, fields);
        int content = at + RecordCodec.HEADER_BYTES;
        memory.put(content, head, head.position(), fields.headLength);
        if (fields.payloadLength > 0) {
            memory.put(content + fields.headLength, payload, payloadAt, fields.payloadLength);
        }
        long salt = RecordCodec.salt(generation, position + used);
        int recordCrc = RecordCodec.seal(memory, at, salt, scratch, crc);
        recordsCrc = BlockCodec.fold(recordsCrc, recordCrc);
        records++;
        used += length;
        return length;
    }

    /// Completes the block: pads it and writes its header.
    ///
    /// @return its header; [BlockCodec.Header#crc] is what the next block repeats
    BlockCodec.Header finish(long watermark, int previousCrc, int epoch, long timeMs) {
        int padding = BlockCodec.padded(used) - used;
        memory.put(base + used, ZEROS, 0, padding);
        BlockCodec.Header header =
                new BlockCodec.Header(
                        0,
                        generation,
                        used,
                        position,
                        watermark,
                        records,
                        previousCrc,
                        recordsCrc,
                        epoch,
                        timeMs);
        int sum = BlockCodec.encode(memory, base, header, scratch, crc);
        return header.withCrc(sum);
    }

    /// The finished block's bytes.
    ByteBuffer bytes() {
        return scratch.limit(base + BlockCodec.padded(used)).position(base);
    }
}
