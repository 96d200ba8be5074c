package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;

/// Variable byte integers (section 1.5.5): seven bits a byte, the lowest first, four bytes at most.
final class Varint {
    static final int MOST = 268_435_455;

    private static final int MOST_BYTES = 4;

    private Varint() {}

    static int read(ByteBuf in) {
        int value = 0;
        for (int i = 0; i < MOST_BYTES; i++) {
            int next = in.readUnsignedByte();
            value |= (next & 0x7f) << (7 * i);
            if (next < 0x80) {
                return value;
            }
        }
        throw MqttException.malformed("a length of more than four bytes");
    }

    static void write(ByteBuf out, int value) {
        int left = value;
        while (left > 0x7f) {
            out.writeByte((left & 0x7f) | 0x80);
            left >>>= 7;
        }
        out.writeByte(left);
    }

    /// Bytes that it takes.
    static int size(int value) {
        return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : 4;
    }
}
