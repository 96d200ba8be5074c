package io.polylog.protocol.kafka;

import java.nio.ByteBuffer;

/// Numbers as Kafka's records hold them: zigzag, 7 bits a byte, lowest first. Reading checks that
/// the bytes are there. Stateless; any thread.
final class Varints {
    private static final int MAX_INT_BYTES = 5;
    private static final int MAX_LONG_BYTES = 10;

    private Varints() {}

    /// @throws IllegalArgumentException if there is none
    static int readInt(ByteBuffer in) {
        long value = readBits(in, MAX_INT_BYTES);
        int bits = (int) value;
        return (bits >>> 1) ^ -(bits & 1);
    }

    /// @throws IllegalArgumentException if there is none
    static long readLong(ByteBuffer in) {
        long bits = readBits(in, MAX_LONG_BYTES);
        return (bits >>> 1) ^ -(bits & 1);
    }

    private static long readBits(ByteBuffer in, int maxBytes) {
        long value = 0;
        for (int i = 0; i < maxBytes && in.hasRemaining(); i++) {
            byte next = in.get();
            value |= (long) (next & 0x7F) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number that does not end");
    }

    static void write(ByteBuffer out, long value) {
        long rest = (value << 1) ^ (value >> 63);
        while ((rest & ~0x7FL) != 0) {
            out.put((byte) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    static int sizeOf(long value) {
        long zigzag = (value << 1) ^ (value >> 63);
        int bits = Long.SIZE - Long.numberOfLeadingZeros(zigzag | 1);
        return (bits + 6) / 7;
    }
}
