package io.polylog.log;

import io.polylog.log.BlockCodec.Header;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads blocks of segment files and checks them. One thread.
final class BlockScanner {
    static final int LARGEST_BLOCK = 1 << 20;

    private static final int WINDOW_BYTES = 4 * LARGEST_BLOCK;

    private final ByteBuffer window =
            ByteBuffer.allocateDirect(WINDOW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer scratch = window.duplicate();
    private final CRC32C crc = new CRC32C();
    private @Nullable Segment segment;
    private long start;
    private int length;

    /// A block whose header and records can be trusted.
    ///
    /// @param buffer holds the block until the scanner reads on
    /// @param at where in the buffer
    /// @param damagedPayload a record whose payload is wrong, counted from the block's start, or -1
    record Block(Header header, ByteBuffer buffer, int at, int damagedPayload) {}

    /// The block at a byte of a segment, or null when there is none that can be trusted.
    @Nullable Block block(Segment from, long offset) throws IOException {
        int at = load(from, offset, BlockCodec.HEADER_BYTES);
        if (at < 0 || !isHeader(from, offset, at)) {
            return null;
        }
        Header header = BlockCodec.decode(window, at);
        at = load(from, offset, header.length());
        return at < 0 ? null : check(from, header, at);
    }

    /// The watermark of an intact block header at a byte of a segment, or -1.
    long watermark(Segment from, long offset) throws IOException {
        int at = load(from, offset, BlockCodec.HEADER_BYTES);
        return at >= 0 && isHeader(from, offset, at)
                ? BlockCodec.decode(window, at).watermark()
                : -1;
    }

    private boolean isHeader(Segment from, long offset, int at) {
        if (!BlockCodec.intact(window, at, scratch, crc)) {
            return false;
        }
        Header header = BlockCodec.decode(window, at);
        return header.generation() == from.header().generation()
                && header.position() == from.position((int) offset)
                && header.length() >= BlockCodec.HEADER_BYTES
                && header.length() <= LARGEST_BLOCK;
    }

    private @Nullable Block check(Segment from, Header header, int at) {
        int end = at + header.length();
        int next = at + BlockCodec.HEADER_BYTES;
        int fold = 0;
        int damaged = -1;
        for (int i = 0; i < header.records(); i++) {
            long position = header.position() + (next - at);
            long salt = RecordCodec.salt(from.header().generation(), position);
            if (!RecordCodec.intact(window, next, end, salt, scratch, crc)
                    || RecordCodec.bytes(window, next) > end - next) {
                return null;
            }
            if (damaged < 0 && !RecordCodec.payloadIntact(window, next, scratch, crc)) {
                damaged = next - at;
            }
            fold = BlockCodec.fold(fold, RecordCodec.crc(window, next));
            next += RecordCodec.bytes(window, next);
        }
        boolean whole = next == end && fold == header.recordsCrc();
        return whole ? new Block(header, window, at, damaged) : null;
    }

    /// Brings `need` bytes into the window; their place, or -1 when the file ends before.
    private int load(Segment from, long offset, int need) throws IOException {
        if (segment != from || offset < start || offset + need > start + length) {
            segment = null;
            window.clear();
            int read = from.read(window, offset);
            window.clear();
            segment = from;
            start = offset;
            length = Math.max(0, read);
        }
        return offset + need > start + length ? -1 : (int) (offset - start);
    }
}
