package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Writes the fields of command heads and state cells, one head after the other into one growing
/// array. Numbers are unsigned LEB128. Used by one thread.
public final class HeadWriter {
    private byte[] bytes;
    private int length;

    public HeadWriter(int capacity) {
        bytes = new byte[capacity];
    }

    /// Bytes written so far: where the next field goes.
    public int length() {
        return length;
    }

    public HeadWriter octet(int value) {
        ensure(1);
        bytes[length++] = (byte) value;
        return this;
    }

    public HeadWriter flag(boolean value) {
        return octet(value ? 1 : 0);
    }

    /// A number; small ones are short, negative ones take ten bytes.
    public HeadWriter number(long value) {
        ensure(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
        return this;
    }

    /// A number that is often negative but small.
    public HeadWriter signed(long value) {
        return number((value << 1) ^ (value >> 63));
    }

    /// Eight bytes as they are.
    public HeadWriter fixed(long value) {
        ensure(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (value >>> shift);
        }
        return this;
    }

    public HeadWriter blob(byte[] value) {
        number(value.length);
        ensure(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    /// All of another writer as a blob.
    public HeadWriter blob(HeadWriter value) {
        number(value.length);
        ensure(value.length);
        System.arraycopy(value.bytes, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    /// Bytes as they are, without their length.
    public HeadWriter raw(ByteBuffer value) {
        int count = value.remaining();
        ensure(count);
        value.get(value.position(), bytes, length, count);
        length += count;
        return this;
    }

    public HeadWriter text(String value) {
        return blob(value.getBytes(StandardCharsets.UTF_8));
    }

    public HeadWriter optionalText(@Nullable String value) {
        flag(value != null);
        return value == null ? this : text(value);
    }

    /// What was written between two lengths. Valid as long as nobody writes more: take it last.
    public ByteBuffer slice(int from, int to) {
        return ByteBuffer.wrap(bytes, from, to - from).slice();
    }

    /// All of it, in an array of its own size.
    public ByteBuffer toBuffer() {
        return ByteBuffer.wrap(Arrays.copyOf(bytes, length));
    }

    /// Starts over in the same array.
    public void clear() {
        length = 0;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
