package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;

/// A string of at most 255 bytes: its bytes as they came (they need not be UTF-8) and its text.
record ShortString(byte[] bytes, String text) {
    static final ShortString EMPTY = new ShortString(new byte[0], "");
    static final int MOST_BYTES = 255;

    static ShortString of(String text) {
        return new ShortString(text.getBytes(UTF_8), text);
    }

    boolean isEmpty() {
        return bytes.length == 0;
    }

    @Override
    public String toString() {
        return text;
    }

    /// Remembers strings seen lately, so that the same exchange, key or tag in message after
    /// message is neither decoded nor allocated again. One per connection.
    static final class Cache {
        private static final int SLOTS = 64;
        private final ShortString[] slots = new ShortString[SLOTS];

        /// Reads a length octet and that many bytes.
        ShortString read(ByteBuf in) {
            int length = in.readUnsignedByte();
            if (length == 0) {
                return EMPTY;
            }
            int start = in.readerIndex();
            in.skipBytes(length);
            int slot = slotOf(in, start, length);
            ShortString seen = slots[slot];
            if (seen != null && equal(seen.bytes, in, start)) {
                return seen;
            }
            byte[] bytes = new byte[length];
            in.getBytes(start, bytes);
            ShortString fresh = new ShortString(bytes, new String(bytes, UTF_8));
            slots[slot] = fresh;
            return fresh;
        }

        /// From the length and three bytes: enough to tell neighbours like `q1` and `q2` apart.
        private static int slotOf(ByteBuf in, int start, int length) {
            int hash = length * 31 + in.getByte(start + length - 1);
            hash = hash * 31 + in.getByte(start + length / 2);
            return (hash * 31 + in.getByte(start)) & (SLOTS - 1);
        }

        private static boolean equal(byte[] bytes, ByteBuf in, int start, int length) {
            if (bytes.length != length) {
                return false;
            }
            for (int i = 0; i < length; i++) {
                if (bytes[i] != in.getByte(start + i)) {
                    return false;
                }
            }
            return true;
        }

        private static boolean equal(byte[] bytes, ByteBuf in, int start) {
            return equal(bytes, in, start, in.readerIndex() - start);
        }
    }
}
