package io.polylog.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/// Writes frames as a server sends them: whole and without a mask (RFC 6455, section 5.2).
/// Stateless; any thread.
final class Frames {
    private static final int WHOLE = 0x80;
    private static final int TEXT = 1;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int MOST_IN_BYTE = 125;
    private static final int TWO_BYTES = 126;
    private static final int EIGHT_BYTES = 127;
    private static final int MOST_IN_TWO_BYTES = 0xFFFF;

    private Frames() {}

    /// @param parts of the text in UTF-8, in order
    static void text(ByteBuf out, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        head(out, TEXT, length);
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
    }

    static void ping(ByteBuf out) {
        head(out, PING, 0);
    }

    /// @param said by the ping
    static void pong(ByteBuf out, ByteBuf said) {
        head(out, PONG, said.readableBytes());
        out.writeBytes(said);
    }

    /// @param reason cut to what a frame of control takes, and not within a character
    static void close(ByteBuf out, int code, String reason) {
        byte[] text = reason.getBytes(UTF_8);
        int length = Math.min(text.length, MOST_IN_BYTE - Short.BYTES);
        while (length < text.length && length > 0 && (text[length] & 0xC0) == 0x80) {
            length--;
        }
        head(out, CLOSE, Short.BYTES + length);
        out.writeShort(code).writeBytes(Arrays.copyOf(text, length));
    }

    private static void head(ByteBuf out, int kind, int length) {
        out.writeByte(WHOLE | kind);
        if (length <= MOST_IN_BYTE) {
            out.writeByte(length);
        } else if (length <= MOST_IN_TWO_BYTES) {
            out.writeByte(TWO_BYTES).writeShort(length);
        } else {
            out.writeByte(EIGHT_BYTES).writeLong(length);
        }
    }
}
