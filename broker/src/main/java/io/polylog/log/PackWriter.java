package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.log.ReadResult.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Writes a packed segment: blocks as in the log, one after the other, durable only when finished.
/// Background thread.
final class PackWriter {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int FORCE_BYTES = 8 << 20;

    private final SegmentFiles files;
    private final SegmentHeader header;
    private final int blockBytes;
    private final ByteBuffer memory;
    private final BlockBuilder block;
    private final DiskFile file;
    private int offset = SegmentHeader.BYTES;
    private int unforced;
    private int previousCrc;

    /// @param header its size is a guess; the real one is written in the end
    PackWriter(SegmentFiles files, SegmentHeader header, int blockBytes) throws IOException {
        this.files = files;
        this.header = header;
        this.blockBytes = blockBytes;
        memory = Arena.ofAuto().allocate(blockBytes, BlockCodec.ALIGNMENT).asByteBuffer();
        block = new BlockBuilder(memory);
        files.disk().delete(files.unfinishedPath(header.number(), header.kind()));
        file =
                files.disk()
                        .open(
                                files.unfinishedPath(header.number(), header.kind()),
                                Disk.Open.WRITE);
        begin();
    }

    private void begin() {
        block.begin(0, blockBytes, Position.of(header.number(), offset), header.generation());
    }

    /// Bytes written so far.
    long writtenBytes() {
        return offset;
    }

    /// Adds a copy of a record and gives its position.
    ///
    /// @param record the whole record as it was read
    /// @param payload what its payload becomes, from 0 to `payloadLength`
    long add(Shape shape, ByteBuffer record, ByteBuffer payload, int payloadLength)
            throws IOException {
        if (!block.fits(shape.headLength(), payloadLength)) {
            flush();
        }
        long position = block.nextPosition();
        block.fields()
                .set(shape.headLength(), payloadLength, shape.type(), shape.span(), shape.timeMs());
        ByteBuffer head = record.duplicate().position(RecordCodec.HEADER_BYTES);
        int _ = block.append(shape.kind(), head, payload, 0);
        return position;
    }

    /// Adds an unchanged copy of a record and gives its position.
    long add(Shape shape, ByteBuffer record) throws IOException {
        int at = RecordCodec.HEADER_BYTES + shape.headLength();
        ByteBuffer payload =
                shape.payloadLength() == 0
                        ? NOTHING
                        : record.slice(at, shape.payloadLength()).order(ByteOrder.LITTLE_ENDIAN);
        return add(shape, record, payload, shape.payloadLength());
    }

    private void flush() throws IOException {
        if (block.isEmpty()) {
            return;
        }
        long watermark = Position.of(header.number(), offset);
        BlockCodec.Header written = block.finish(watermark, previousCrc, 0, 0);
        file.write(block.bytes(), offset);
        offset += written.paddedBytes();
        unforced += written.paddedBytes();
        previousCrc = written.crc();
        if (unforced >= FORCE_BYTES) {
            file.force();
            unforced = 0;
        }
        begin();
    }

    /// Completes the segment; durable under its own name when this returns.
    Segment finish() throws IOException {
        flush();
        SegmentHeader real =
                new SegmentHeader(header.number(), header.kind(), header.generation(), offset, 0);
        ByteBuffer first = ByteBuffer.allocate(SegmentHeader.BYTES);
        real.encode(first, files.directoryId());
        file.write(first, 0);
        file.force();
        file.close();
        files.disk()
                .rename(
                        files.unfinishedPath(real.number(), real.kind()),
                        files.path(real.number(), real.kind()));
        files.disk().syncDirectory(files.directory());
        return new Segment(files.disk(), files.path(real.number(), real.kind()), real, null);
    }

    /// Gives up: removes what was made.
    void abandon() throws IOException {
        file.close();
        files.disk().delete(files.unfinishedPath(header.number(), header.kind()));
    }
}
