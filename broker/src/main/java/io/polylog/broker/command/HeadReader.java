package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads what [HeadWriter] wrote. A head comes from our own log behind a checksum: one that does
/// not decode is a fault of the program or a newer format, and both stop the process.
public final class HeadReader {
    private final ByteBuffer in;

    public HeadReader(ByteBuffer in) {
        this.in = in;
    }

    /// Reads the version every head begins with.
    ///
    /// @throws IllegalStateException if it is newer than `newest`
    public static int version(ByteBuffer in, int newest, String what) {
        int version = in.get();
        if (version < 1 || version > newest) {
            throw new IllegalStateException(
                    what + " has version " + version + "; this broker knows 1 to " + newest);
        }
        return version;
    }

    public int octet() {
        return in.get() & 0xFF;
    }

    public boolean flag() {
        return in.get() != 0;
    }

    public long number() {
        return number(in);
    }

    /// As [#number()] without an object, for the paths that run per message.
    public static long number(ByteBuffer in) {
        byte next = in.get();
        long value = next & 0x7F;
        for (int shift = 7; next < 0; shift += 7) {
            next = in.get();
            value |= (long) (next & 0x7F) << shift;
        }
        return value;
    }

    public int integer() {
        return Math.toIntExact(number(in));
    }

    public long signed() {
        long raw = number(in);
        return (raw >>> 1) ^ -(raw & 1);
    }

    public long fixed() {
        return in.getLong();
    }

    public byte[] blob() {
        byte[] value = new byte[integer()];
        in.get(value);
        return value;
    }

    public String text() {
        return new String(blob(), StandardCharsets.UTF_8);
    }

    public @Nullable String optionalText() {
        return flag() ? text() : null;
    }

    public boolean atEnd() {
        return !in.hasRemaining();
    }
}
