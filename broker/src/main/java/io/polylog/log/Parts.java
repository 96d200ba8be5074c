package io.polylog.log;

import io.polylog.log.ReadResult.Shape;
import io.polylog.log.RecordStore.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Puts large payloads together from the parts they were logged in. One read.
final class Parts {
    private final Ring ring;
    private final LogIndex index;
    private final FileRecords files;
    private final ReadResult result;

    Parts(Ring ring, LogIndex index, FileRecords files, ReadResult result) {
        this.ring = ring;
        this.index = index;
        this.files = files;
        this.result = result;
    }

    /// Length of the payload that a list of parts stands for, or -1 when it cannot be a list of
    /// parts.
    static int totalBytes(ByteBuffer list, int at, int length) {
        if (length % RecordCodec.PART_ENTRY_BYTES != 0) {
            return -1;
        }
        int total = 0;
        for (int i = at; i < at + length; i += RecordCodec.PART_ENTRY_BYTES) {
            int part = list.getInt(i + Long.BYTES);
            if (part < 0 || part > Command.LARGEST_PAYLOAD_BYTES - total) {
                return -1;
            }
            total += part;
        }
        return total;
    }

    /// Adds a record whose payload lies in parts, or marks it as damaged.
    ///
    /// @param bytes the head and the list of parts
    void take(long offset, Shape shape, byte[] bytes) {
        ByteBuffer list = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int total = totalBytes(list, shape.headLength(), shape.payloadLength());
        if (total < 0) {
            result.damaged(offset, offset + shape.span(), "a list of parts that is none");
            return;
        }
        if (!result.admits(total)) {
            return;
        }
        byte[] payload = new byte[total];
        int done = 0;
        for (int at = shape.headLength(); at < bytes.length; at += RecordCodec.PART_ENTRY_BYTES) {
            int length = list.getInt(at + Long.BYTES);
            String damage = copy(list.getLong(at), payload, done, length);
            if (damage != null) {
                result.damaged(offset, offset + shape.span(), damage);
                return;
            }
            done += length;
        }
        ByteBuffer head = ByteBuffer.wrap(bytes, 0, shape.headLength()).slice();
        result.add(
                new StoredRecord(
                        offset,
                        shape.span(),
                        shape.type(),
                        shape.timeMs(),
                        head,
                        ByteBuffer.wrap(payload)));
    }

    /// Copies one part; what is wrong with it, or null.
    private @Nullable String copy(long position, byte[] target, int targetAt, int length) {
        long address = ring.address(position);
        if (address >= 0
                && ring.copy(address + RecordCodec.HEADER_BYTES, target, targetAt, length)) {
            return null;
        }
        SegmentIndex found = index.find(Position.segment(position));
        if (found == null) {
            return "segment " + Position.segment(position) + " is gone";
        }
        Segment segment = found.segment();
        int at = Position.offset(position);
        try {
            Shape shape = files.shape(segment, at);
            if (shape != null
                    && shape.payloadLength() == length
                    && files.payloadIntact(segment, at, shape)) {
                files.copy(segment, at, target, targetAt, length);
                return null;
            }
            return ColdRecords.place(segment, at, RecordCodec.bytes(0, length));
        } catch (IOException e) {
            return segment.path() + " byte " + at + ": " + e.getMessage();
        }
    }
}
