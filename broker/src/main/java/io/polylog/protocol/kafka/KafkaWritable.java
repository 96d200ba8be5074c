package io.polylog.protocol.kafka;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.utils.ByteUtils;

/// Writes a response into one buffer of the right size, record batches included.
final class KafkaWritable extends KafkaRecords.Sink {
    private final ByteBuf out;

    private KafkaWritable(ByteBuf out) {
        this.out = out;
    }

    /// The whole frame of a response: length, header, body.
    static ByteBuf frame(
            ByteBufAllocator allocator, ResponseHeader header, ApiMessage body, short version) {
        ObjectSerializationCache sizes = new ObjectSerializationCache();
        int length = header.data().size(sizes, header.headerVersion()) + body.size(sizes, version);
        ByteBuf out = allocator.directBuffer(Integer.BYTES + length, Integer.BYTES + length);
        try {
            out.writeInt(length);
            KafkaWritable writable = new KafkaWritable(out);
            header.data().write(writable, sizes, header.headerVersion());
            body.write(writable, sizes, version);
            return out.retain();
        } finally {
            out.release();
        }
    }

    @Override
    public void writeByte(byte value) {
        out.writeByte(value);
    }

    @Override
    public void writeShort(short value) {
        out.writeShort(value);
    }

    @Override
    public void writeInt(int value) {
        out.writeInt(value);
    }

    @Override
    public void writeLong(long value) {
        out.writeLong(value);
    }

    @Override
    public void writeDouble(double value) {
        out.writeDouble(value);
    }

    @Override
    public void writeByteArray(byte[] bytes) {
        out.writeBytes(bytes);
    }

    @Override
    public void writeByteBuffer(ByteBuffer bytes) {
        out.writeBytes(bytes.duplicate());
    }

    @Override
    public void writeUnsignedVarint(int value) {
        int rest = value;
        while ((rest & ~0x7F) != 0) {
            out.writeByte((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    @Override
    public void writeVarint(int value) {
        writeUnsignedVarint((value << 1) ^ (value >> 31));
    }

    @Override
    public void writeVarlong(long value) {
        ByteBuffer small = ByteBuffer.allocate(10);
        ByteUtils.writeVarlong(value, small);
        out.writeBytes(small.flip());
    }

    @Override
    void writeFetched(FetchedRecords records) {
        records.writeTo(out);
    }
}
