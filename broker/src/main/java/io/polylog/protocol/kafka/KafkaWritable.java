package io.polylog.protocol.kafka;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.utils.ByteUtils;

/// Writes a response, record batches included, into buffers of at most 64 KiB: each goes as soon as
/// it is sent, so that a client that stops reading in the middle of a large answer costs its rest.
final class KafkaWritable extends KafkaRecords.Sink {
    private static final int PIECE_BYTES = 64 * 1024;

    private final ByteBufAllocator allocator;
    private final List<ByteBuf> pieces = new ArrayList<>(1);
    private ByteBuf out;

    /// What the pieces after this one hold.
    private int left;

    private KafkaWritable(ByteBufAllocator allocator, int length) {
        this.allocator = allocator;
        left = length;
        out = nextPiece(length);
    }

    /// The whole frame of a response: length, header, body. The buffers are the caller's.
    static List<ByteBuf> frame(
            ByteBufAllocator allocator, ResponseHeader header, ApiMessage body, short version) {
        ObjectSerializationCache sizes = new ObjectSerializationCache();
        int length = header.data().size(sizes, header.headerVersion()) + body.size(sizes, version);
        KafkaWritable writable = new KafkaWritable(allocator, Integer.BYTES + length);
        try {
            writable.writeInt(length);
            header.data().write(writable, sizes, header.headerVersion());
            body.write(writable, sizes, version);
            return writable.pieces;
        } catch (RuntimeException e) {
            writable.pieces.forEach(ByteBuf::release);
            throw e;
        }
    }

    private ByteBuf room(int bytes) {
        if (out.writableBytes() < bytes) {
            left -= out.readableBytes();
            out = nextPiece(Math.max(left, bytes));
        }
        return out;
    }

    private ByteBuf nextPiece(int bytes) {
        ByteBuf piece = allocator.directBuffer(Math.min(bytes, PIECE_BYTES));
        pieces.add(piece);
        return piece;
    }

    @Override
    public void writeByte(byte value) {
        room(Byte.BYTES).writeByte(value);
    }

    @Override
    public void writeShort(short value) {
        room(Short.BYTES).writeShort(value);
    }

    @Override
    public void writeInt(int value) {
        room(Integer.BYTES).writeInt(value);
    }

    @Override
    public void writeLong(long value) {
        room(Long.BYTES).writeLong(value);
    }

    @Override
    public void writeDouble(double value) {
        room(Double.BYTES).writeDouble(value);
    }

    @Override
    public void writeByteArray(byte[] bytes) {
        writeByteBuffer(ByteBuffer.wrap(bytes));
    }

    @Override
    public void writeByteBuffer(ByteBuffer bytes) {
        ByteBuffer rest = bytes.duplicate();
        int end = rest.limit();
        while (rest.position() < end) {
            ByteBuf piece = room(1);
            rest.limit(Math.min(end, rest.position() + piece.writableBytes()));
            piece.writeBytes(rest);
        }
    }

    @Override
    public void writeUnsignedVarint(int value) {
        int rest = value;
        while ((rest & ~0x7F) != 0) {
            room(Byte.BYTES).writeByte((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        room(Byte.BYTES).writeByte(rest);
    }

    @Override
    public void writeVarint(int value) {
        writeUnsignedVarint((value << 1) ^ (value >> 31));
    }

    @Override
    public void writeVarlong(long value) {
        ByteBuffer small = ByteBuffer.allocate(10);
        ByteUtils.writeVarlong(value, small);
        writeByteBuffer(small.flip());
    }

    @Override
    void writeFetched(FetchedRecords records) {
        records.writeTo(this);
    }
}
