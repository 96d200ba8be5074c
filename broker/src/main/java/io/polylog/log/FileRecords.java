package io.polylog.log;

import io.polylog.log.ReadResult.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads single records from segment files in large pieces, with every checksum checked. One
/// thread; holds a buffer from its first read until closed.
final class FileRecords implements AutoCloseable {
    private static final int SMALLEST_PIECE = 1 << 10;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ReadBuffers buffers;
    private final @Nullable DiskWaits waits;
    private ByteBuffer view = NOTHING;
    private ByteBuffer scratch = NOTHING;
    private final CRC32C crc = new CRC32C();
    private @Nullable Segment segment;
    private int start;
    private int length;
    private int pieceBytes = SMALLEST_PIECE;

    FileRecords(ReadBuffers buffers) {
        this(buffers, null);
    }

    /// @param waits of all who read records here and there; null for one who reads in order
    FileRecords(ReadBuffers buffers, @Nullable DiskWaits waits) {
        this.buffers = buffers;
        this.waits = waits;
    }

    /// How much to read at once from now on, if much is to be read in order.
    void expect(long bytes) {
        pieceBytes = Math.clamp(bytes, SMALLEST_PIECE, ReadBuffers.BYTES);
    }

    /// Reads no more than this at once from now on if that is enough: for records far apart.
    void expectLittle(int bytes) {
        pieceBytes = bytes;
    }

    /// The bytes of a record that [#shape] gave: a view that is valid until the next call.
    ByteBuffer bytes(Segment from, int at, Shape shape) throws IOException {
        int place = load(from, at, shape.bytes());
        return view.slice(place, shape.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// The kind of what begins at a byte of a segment; [RecordCodec#NONE] beyond the end.
    byte kind(Segment from, int at) throws IOException {
        int place = load(from, at, RecordCodec.ALIGNMENT);
        return place < 0 ? RecordCodec.NONE : RecordCodec.kind(view, place);
    }

    /// The record that begins at a byte of a segment, or null when its header or head is damaged.
    @Nullable Shape shape(Segment from, int at) throws IOException {
        int place = load(from, at, RecordCodec.HEADER_BYTES);
        if (place < 0) {
            return null;
        }
        Shape shape = Shape.decode(view, place);
        if (!shape.isPlausible()) {
            return null;
        }
        place = load(from, at, shape.bytes());
        long salt = RecordCodec.salt(from.header().generation(), from.position(at));
        boolean intact =
                place >= 0
                        && RecordCodec.intact(
                                view, place, place + shape.bytes(), salt, scratch, crc);
        return intact ? shape : null;
    }

    /// Whether the payload of a record that [#shape] gave is intact.
    boolean payloadIntact(Segment from, int at, Shape shape) throws IOException {
        int place = load(from, at, shape.bytes());
        return place >= 0 && RecordCodec.payloadIntact(view, place, scratch, crc);
    }

    /// Copies from head and payload of a record that [#shape] gave.
    void copy(Segment from, int at, byte[] target, int targetAt, int count) throws IOException {
        int place = load(from, at, RecordCodec.HEADER_BYTES + count);
        view.get(place + RecordCodec.HEADER_BYTES, target, targetAt, count);
    }

    /// Brings `need` bytes into the buffer; their place in it, or -1 when the file ends before.
    private int load(Segment from, int at, int need) throws IOException {
        if (view.capacity() == 0) {
            view = buffers.take();
            scratch = view.duplicate();
        }
        if (segment != from || at < start || at + need > start + length) {
            view.clear().limit(Math.max(need, pieceBytes));
            segment = null;
            int read = read(from, at);
            view.clear();
            segment = from;
            start = at;
            length = Math.max(0, read);
        }
        return need > length - (at - start) ? -1 : at - start;
    }

    private int read(Segment from, int at) throws IOException {
        if (waits == null) {
            return from.read(view, at);
        }
        int wanted = view.limit();
        long begun = waits.nanos();
        int read = from.read(view, at);
        if (waits.readOn(from.position(at), begun)) {
            view.clear().limit(Math.max(wanted, DiskWaits.ALONG_BYTES));
            read = from.read(view, at);
        }
        return read;
    }

    @Override
    public void close() {
        if (view.capacity() > 0) {
            buffers.give(view);
            view = NOTHING;
        }
    }
}
