package io.polylog.log;

import io.polylog.log.BlockCodec.Header;
import java.io.IOException;

/// Writes blocks one after the other into the active segment. Commit thread.
final class BlockWriter {
    private final Ring ring;
    private final int blockBytes;
    private final BlockBuilder builder;
    private Segment segment;
    private int offset;
    private int previousCrc;
    private long watermark;
    private int epoch;

    /// @param segment the active segment
    /// @param offset where its next block begins
    /// @param previousCrc the last block's checksum
    BlockWriter(Ring ring, int blockBytes, Segment segment, int offset, int previousCrc) {
        this.ring = ring;
        this.blockBytes = blockBytes;
        this.segment = segment;
        this.offset = offset;
        this.previousCrc = previousCrc;
        builder = new BlockBuilder(ring.memory());
        watermark = segment.position(offset);
    }

    /// The start counter written into blocks from now on.
    void epoch(int counter) {
        epoch = counter;
    }

    Segment segment() {
        return segment;
    }

    /// Whether the active segment holds no block.
    boolean isFresh() {
        return offset == SegmentHeader.BYTES;
    }

    /// Bytes left in the active segment.
    long roomBytes() {
        return segment.roomFrom(offset);
    }

    /// Where the next block begins: all before it is durable.
    ReplayStart place() {
        return new ReplayStart(segment.number(), offset, previousCrc);
    }

    /// All before this position is durable.
    long watermark() {
        return watermark;
    }

    /// Starts a block; there must be room for at least the smallest.
    BlockBuilder begin() {
        long position = segment.position(offset);
        int place = ring.begin(position);
        int capacity = (int) Math.min(blockBytes, roomBytes() & -BlockCodec.ALIGNMENT);
        builder.begin(place, capacity, position, segment.header().generation());
        return builder;
    }

    /// Writes the block begun last; durable when it returns.
    void write(long timeMs) throws IOException {
        Header header = builder.finish(watermark, previousCrc, epoch, timeMs);
        segment.write(builder.bytes(), offset);
        ring.end(header.position(), header.paddedBytes());
        offset += header.paddedBytes();
        previousCrc = header.crc();
        watermark = header.end();
    }

    /// Goes on in a fresh segment.
    void roll(Segment next) throws IOException {
        segment.seal();
        segment = next;
        offset = SegmentHeader.BYTES;
    }
}
