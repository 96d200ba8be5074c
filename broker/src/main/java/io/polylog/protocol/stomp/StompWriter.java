package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Writes frames. Stateless.
final class StompWriter {
    private StompWriter() {}

    static void command(ByteBuf out, String command) {
        ByteBufUtil.writeAscii(out, command);
        out.writeByte('\n');
    }

    /// @param value any text; escaped where it must be
    static void header(ByteBuf out, StompVersion version, String name, String value) {
        escaped(out, version, name.getBytes(UTF_8), true);
        out.writeByte(':');
        escaped(out, version, value.getBytes(UTF_8), false);
        out.writeByte('\n');
    }

    /// A header that needs no escapes.
    ///
    /// @param before what its value begins with
    static void plain(ByteBuf out, String name, String before, long number) {
        ByteBufUtil.writeAscii(out, name);
        out.writeByte(':');
        ByteBufUtil.writeAscii(out, before);
        ByteBufUtil.writeAscii(out, Long.toString(number));
        out.writeByte('\n');
    }

    static void end(ByteBuf out, byte[] body) {
        plain(out, "content-length", "", body.length);
        out.writeByte('\n').writeBytes(body).writeByte(0);
    }

    /// Text as it stands in a header. What a version cannot say goes as the others say it: an end
    /// of line would begin another header.
    static void escaped(ByteBuf out, StompVersion version, byte[] text, boolean name) {
        for (byte each : text) {
            switch (each) {
                case '\n' -> out.writeByte('\\').writeByte('n');
                case '\r' -> {
                    if (version == StompVersion.V1_1) {
                        out.writeByte(each);
                    } else {
                        out.writeByte('\\').writeByte('r');
                    }
                }
                case ':' -> {
                    if (name || version.escapes()) {
                        out.writeByte('\\').writeByte('c');
                    } else {
                        out.writeByte(each);
                    }
                }
                case '\\' -> {
                    if (version.escapes()) {
                        out.writeByte('\\');
                    }
                    out.writeByte('\\');
                }
                default -> out.writeByte(each);
            }
        }
    }
}
