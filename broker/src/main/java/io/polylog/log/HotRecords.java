package io.polylog.log;

import io.polylog.log.ReadResult.Shape;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Reads runs from the ring. What it reads may be overwritten while it reads, so each step asks
/// afterwards whether it was still there. One read.
final class HotRecords {
    private final Ring ring;
    private final ByteBuffer memory;
    private final Parts parts;
    private final ReadResult result;
    private final SharedRecords shared;

    HotRecords(Ring ring, SharedRecords shared, Parts parts, ReadResult result) {
        this.ring = ring;
        this.shared = shared;
        this.parts = parts;
        this.result = result;
        memory = ring.shared();
    }

    /// Reads from a run what the result wants; false when part of that is not in the ring.
    boolean read(RecordReader.Run run) {
        long position = run.segment().position(run.byteInSegment());
        long offset = run.firstOffset();
        while (offset < run.endOffset() && result.wantsMore()) {
            long address = ring.address(position);
            if (address < 0) {
                return false;
            }
            int at = ring.place(address);
            byte kind = RecordCodec.kind(memory, at);
            if (!ring.stillHeld(address)) {
                return false;
            }
            if (kind == RecordCodec.BLOCK) {
                position += BlockCodec.HEADER_BYTES;
            } else if (kind == RecordCodec.NONE) {
                position = (position & -BlockCodec.ALIGNMENT) + BlockCodec.ALIGNMENT;
            } else {
                Shape shape = Shape.decode(memory, at);
                if (!ring.stillHeld(address) || !take(address, position, offset, shape)) {
                    return false;
                }
                offset += shape.isStored() ? shape.span() : 0;
                position += shape.bytes();
            }
        }
        return true;
    }

    /// Takes a record if it is wanted; false when it is gone.
    private boolean take(long address, long position, long offset, Shape shape) {
        if (!shape.isStored() || offset + shape.span() <= result.nextOffset()) {
            return true;
        }
        boolean large = shape.kind() == RecordCodec.LARGE;
        if (!large && !result.admits(shape.payloadLength())) {
            return true;
        }
        byte[] bytes = bytes(address, position, shape);
        if (bytes == null) {
            return false;
        }
        if (large) {
            parts.take(offset, shape, bytes);
        } else {
            result.add(offset, shape, bytes);
        }
        return true;
    }

    /// Head and payload, or null when they are gone.
    private byte @Nullable [] bytes(long address, long position, Shape shape) {
        boolean ofMany = shape.headLength() >= SharedRecords.LEAST_HEAD_BYTES;
        byte[] known = ofMany ? shared.find(position) : null;
        if (known != null) {
            return known;
        }
        byte[] bytes = new byte[shape.headLength() + shape.payloadLength()];
        if (!ring.copy(address + RecordCodec.HEADER_BYTES, bytes, 0, bytes.length)) {
            return null;
        }
        if (ofMany) {
            shared.keep(position, bytes);
        }
        return bytes;
    }
}
