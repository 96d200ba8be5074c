package io.polylog.log;

import io.polylog.log.RecordStore.Damage;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gathers the records of one read up to its limit. One thread.
final class ReadResult {
    private static final int MANY = 16;

    private final List<StoredRecord> records;
    private long next;
    private long leftBytes;
    private boolean full;
    private @Nullable Damage damage;

    ReadResult(long offset, int maxBytes) {
        records = new ArrayList<>(maxBytes > 1 ? MANY : 1);
        next = offset;
        leftBytes = maxBytes;
    }

    boolean wantsMore() {
        return !full && damage == null;
    }

    long nextOffset() {
        return next;
    }

    /// Bytes of heads and payloads that may still come.
    long leftBytes() {
        return Math.max(0, leftBytes);
    }

    /// Nothing is stored up to `offset`.
    void skipTo(long offset) {
        next = Math.max(next, offset);
    }

    /// Whether a payload of this length still belongs into the result; if not, it is full.
    boolean admits(long payloadBytes) {
        if (!records.isEmpty() && payloadBytes > leftBytes) {
            full = true;
        }
        return !full;
    }

    /// Adds a record that was admitted.
    ///
    /// @param bytes head and payload in one array that belongs to the record
    void add(long offset, Shape shape, byte[] bytes) {
        int payloadLength = bytes.length - shape.headLength;
        ByteBuffer head = ByteBuffer.wrap(bytes, 0, shape.headLength).slice();
        ByteBuffer payload = ByteBuffer.wrap(bytes, shape.headLength, payloadLength).slice();
        add(new StoredRecord(offset, shape.span, shape.type, shape.timeMs, head, payload));
    }

    void add(StoredRecord record) {
        records.add(record);
        next = record.offset() + record.span();
        leftBytes -= record.head().remaining() + record.payload().remaining();
        if (leftBytes <= 0) {
            full = true;
        }
    }

    /// Offsets `first` to `end` cannot be read.
    void damaged(long first, long end, String place) {
        damage = new Damage(first, end, place);
        next = end;
    }

    Read finish() {
        return new Read(records, next, damage);
    }

    /// What a record's header says of it.
    record Shape(byte kind, int type, int span, long timeMs, int headLength, int payloadLength) {
        static Shape decode(ByteBuffer buffer, int at) {
            return new Shape(
                    RecordCodec.kind(buffer, at),
                    RecordCodec.type(buffer, at),
                    RecordCodec.span(buffer, at),
                    RecordCodec.timeMs(buffer, at),
                    RecordCodec.headLength(buffer, at),
                    RecordCodec.payloadLength(buffer, at));
        }

        /// Whether the lengths are such as a record may have.
        boolean isPlausible() {
            return headLength >= 0
                    && payloadLength >= 0
                    && headLength <= ReadBuffers.BYTES / 2
                    && payloadLength <= ReadBuffers.BYTES / 2
                    && bytes() <= ReadBuffers.BYTES;
        }

        int bytes() {
            return RecordCodec.bytes(headLength, payloadLength);
        }

        /// Whether it is one of the records that take offsets.
        boolean isStored() {
            return span > 0 && (kind == RecordCodec.COMMAND || kind == RecordCodec.LARGE);
        }
    }
}
