package io.polylog.protocol.kafka;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Looks at what compressed bytes claim about their size before a library believes it. Stateless;
/// any thread.
final class CompressionBounds {
    private static final int SNAPPY = 2;
    private static final int ZSTD = 4;

    /// The framing of snappy-java, which all Kafka clients use: magic, version, lowest version.
    private static final long SNAPPY_MAGIC = 0x82534e4150505900L;

    private static final int SNAPPY_HEADER_BYTES = 16;
    private static final int ZSTD_MAGIC = 0xFD2FB528;
    private static final int SINGLE_SEGMENT = 0x20;
    private static final int MAX_WINDOW_BYTES = 32 * 1024 * 1024;

    private CompressionBounds() {}

    /// @throws IllegalArgumentException if uncompressing would take too much memory at once
    static void check(int codec, ByteBuffer packed) {
        switch (codec) {
            case SNAPPY -> checkSnappy(packed.duplicate());
            case ZSTD -> checkZstd(packed.duplicate().order(ByteOrder.LITTLE_ENDIAN));
            default -> {}
        }
    }

    private static void checkSnappy(ByteBuffer in) {
        if (in.remaining() < SNAPPY_HEADER_BYTES || in.getLong(in.position()) != SNAPPY_MAGIC) {
            refuseAbove(snappyLength(in), RecordReader.MAX_OPENED_BYTES);
            return;
        }
        in.position(in.position() + SNAPPY_HEADER_BYTES);
        while (in.remaining() >= Integer.BYTES) {
            int block = in.getInt();
            if (block < 0 || block > in.remaining()) {
                throw new IllegalArgumentException("a snappy block of " + block + " bytes");
            }
            refuseAbove(
                    snappyLength(in.slice(in.position(), block)), RecordReader.MAX_OPENED_BYTES);
            in.position(in.position() + block);
        }
    }

    /// Snappy begins with its uncompressed length, 7 bits a byte.
    private static long snappyLength(ByteBuffer in) {
        long length = 0;
        for (int i = 0; i < 5 && in.hasRemaining(); i++) {
            byte next = in.get();
            length |= (long) (next & 0x7F) << (7 * i);
            if (next >= 0) {
                return length;
            }
        }
        throw new IllegalArgumentException("a snappy block without a length");
    }

    /// A frame's window is memory taken before its first byte. Frame header: RFC 8878, 3.1.1.1.
    private static void checkZstd(ByteBuffer in) {
        if (in.remaining() < 6 || in.getInt() != ZSTD_MAGIC) {
            throw new IllegalArgumentException("no zstd frame");
        }
        int descriptor = in.get();
        if ((descriptor & SINGLE_SEGMENT) != 0) {
            refuseAbove(zstdContentSize(in, descriptor), RecordReader.MAX_OPENED_BYTES);
            return;
        }
        int window = in.get() & 0xFF;
        long base = 1L << (10 + (window >> 3));
        refuseAbove(base + (base >> 3) * (window & 7), MAX_WINDOW_BYTES);
    }

    private static long zstdContentSize(ByteBuffer in, int descriptor) {
        int[] dictionaryBytes = {0, 1, 2, 4};
        in.position(Math.min(in.limit(), in.position() + dictionaryBytes[descriptor & 3]));
        int form = (descriptor >> 6) & 3;
        int wanted = 1 << form;
        if (in.remaining() < wanted) {
            return 0;
        }
        return switch (form) {
            case 0 -> in.get() & 0xFF;
            case 1 -> (in.getShort() & 0xFFFF) + 256;
            case 2 -> in.getInt() & 0xFFFF_FFFFL;
            default -> in.getLong() < 0 ? Long.MAX_VALUE : in.getLong(in.position() - Long.BYTES);
        };
    }

    private static void refuseAbove(long bytes, int most) {
        if (bytes > most) {
            throw new IllegalArgumentException(
                    "compressed data that wants %d bytes at once".formatted(bytes));
        }
    }
}
