package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.polylog.protocol.stomp.StompFrame.Headers;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Makes frames of bytes as they come. What is malformed is a [StompException]; nothing can be read
/// after that. A codec of our own and not Netty's, which knows no version: escapes, repeated
/// headers and limits are each of a version here. Confined to one thread.
final class StompReader {
    /// Of the command and all headers together.
    static final int MOST_HEAD_BYTES = 64 << 10;

    static final int MOST_HEADERS = 1_000;
    private static final int FIRST_BODY_BYTES = 64 << 10;
    private static final byte[] NOTHING = {};

    private final int mostBodyBytes;
    private StompVersion version = StompVersion.V1_0;
    private Part part = Part.BETWEEN;
    private byte[] line = new byte[256];
    private int lineBytes;
    private int headBytes;
    private @Nullable String command;
    private Headers headers = new Headers();
    private byte[] body = NOTHING;
    private int bodyBytes;
    private int announced;

    /// What comes next.
    private enum Part {
        BETWEEN,
        HEAD,
        /// A body whose length was said.
        BODY,
        /// A body that ends with the first NUL.
        OPEN_BODY,
        NUL
    }

    StompReader(int mostBodyBytes) {
        this.mostBodyBytes = mostBodyBytes;
    }

    /// How headers are to be read from here on.
    void version(StompVersion agreed) {
        version = agreed;
    }

    void read(ByteBuf in, Consumer<StompFrame> out) {
        while (in.isReadable()) {
            boolean whole =
                    switch (part) {
                        case BETWEEN -> between(in);
                        case HEAD -> head(in);
                        case BODY -> body(in);
                        case OPEN_BODY -> openBody(in);
                        case NUL -> nul(in);
                    };
            if (whole) {
                out.accept(take());
            }
        }
    }

    private StompFrame take() {
        String name = command == null ? "" : command;
        byte[] bytes = body.length == bodyBytes ? body : Arrays.copyOf(body, bodyBytes);
        StompFrame frame = new StompFrame(name, headers, bytes);
        command = null;
        headers = new Headers();
        body = NOTHING;
        bodyBytes = 0;
        headBytes = 0;
        part = Part.BETWEEN;
        return frame;
    }

    /// Ends of lines are heart-beats; NULs are taken there as RabbitMQ takes them.
    private boolean between(ByteBuf in) {
        byte next = in.getByte(in.readerIndex());
        if (next == '\n' || next == '\r' || next == 0) {
            in.skipBytes(1);
        } else {
            part = Part.HEAD;
        }
        return false;
    }

    private boolean head(ByteBuf in) {
        int end = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n');
        int count = (end < 0 ? in.writerIndex() : end) - in.readerIndex();
        headBytes += count + 1;
        if (headBytes > MOST_HEAD_BYTES) {
            throw new StompException(
                    "Frame too large",
                    "command and headers may have at most " + MOST_HEAD_BYTES + " bytes");
        }
        if (lineBytes + count > line.length) {
            line = Arrays.copyOf(line, Math.max(2 * line.length, lineBytes + count));
        }
        in.readBytes(line, lineBytes, count);
        lineBytes += count;
        if (end >= 0) {
            in.skipBytes(1);
            int length = lineBytes > 0 && line[lineBytes - 1] == '\r' ? lineBytes - 1 : lineBytes;
            lineBytes = 0;
            line(length);
        } else {
            refuseNul(lineBytes);
        }
        return false;
    }

    private void refuseNul(int length) {
        for (int i = 0; i < length; i++) {
            if (line[i] == 0) {
                throw new StompException(
                        "Malformed frame", "a NUL before the empty line that ends the headers");
            }
        }
    }

    private void line(int length) {
        refuseNul(length);
        if (command == null) {
            command = text(0, length);
        } else if (length > 0) {
            header(length);
        } else {
            beginBody();
        }
    }

    private void header(int length) {
        int colon = 0;
        while (colon < length && line[colon] != ':') {
            colon++;
        }
        if (colon == 0 || colon == length) {
            throw new StompException("Malformed frame", "a header line must be 'name:value'");
        }
        if (headers.size() == MOST_HEADERS) {
            throw new StompException(
                    "Frame too large", "a frame may have at most " + MOST_HEADERS + " headers");
        }
        String name = text(0, colon);
        String value = text(colon + 1, length);
        if (isConnect() || !version.escapes()) {
            headers.add(name, version.escapes() ? value : value.stripLeading());
        } else {
            headers.add(unescaped(name), unescaped(value));
        }
    }

    /// Frames that log in are not escaped, so that any version can read them.
    private boolean isConnect() {
        return "CONNECT".equals(command) || "STOMP".equals(command);
    }

    private String text(int from, int to) {
        String text = new String(line, from, to - from, UTF_8);
        if (text.indexOf('\uFFFD') >= 0
                && !Arrays.equals(text.getBytes(UTF_8), Arrays.copyOfRange(line, from, to))) {
            throw new StompException("Malformed frame", "headers must be UTF-8");
        }
        return text;
    }

    private static String unescaped(String text) {
        int at = text.indexOf('\\');
        if (at < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            if (next == '\\') {
                i++;
                next = meant(i < text.length() ? text.charAt(i) : ' ');
            }
            out.append(next);
        }
        return out.toString();
    }

    private static char meant(char escaped) {
        return switch (escaped) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 'c' -> ':';
            case '\\' -> '\\';
            default ->
                    throw new StompException(
                            "Malformed frame",
                            "a backslash in a header must be followed by n, r, c or a backslash");
        };
    }

    private void beginBody() {
        String length = headers.first("content-length");
        if (length == null) {
            part = Part.OPEN_BODY;
            return;
        }
        int bytes = length(length.strip());
        requireFits(bytes);
        announced = bytes;
        body = new byte[Math.min(bytes, FIRST_BODY_BYTES)];
        part = bytes == 0 ? Part.NUL : Part.BODY;
    }

    private static int length(String text) {
        try {
            int bytes = Integer.parseInt(text);
            if (bytes >= 0) {
                return bytes;
            }
        } catch (NumberFormatException none) {
            // said below
        }
        throw StompException.invalidHeader("'content-length' must be a number of bytes");
    }

    private void requireFits(int bytes) {
        if (bytes > mostBodyBytes) {
            throw new StompException(
                    "Frame too large", "a body may have at most " + mostBodyBytes + " bytes");
        }
    }

    private boolean body(ByteBuf in) {
        take(in, Math.min(announced - bodyBytes, in.readableBytes()));
        if (bodyBytes == announced) {
            part = Part.NUL;
        }
        return false;
    }

    private boolean openBody(ByteBuf in) {
        int end = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) 0);
        int count = (end < 0 ? in.writerIndex() : end) - in.readerIndex();
        requireFits(bodyBytes + count);
        take(in, count);
        if (end < 0) {
            return false;
        }
        in.skipBytes(1);
        return true;
    }

    private void take(ByteBuf in, int count) {
        int needed = bodyBytes + count;
        if (needed > body.length) {
            int most = part == Part.BODY ? announced : mostBodyBytes;
            body = Arrays.copyOf(body, Math.max(needed, Math.min(most, 2 * body.length)));
        }
        in.readBytes(body, bodyBytes, count);
        bodyBytes = needed;
    }

    private boolean nul(ByteBuf in) {
        if (in.readByte() != 0) {
            throw new StompException(
                    "Malformed frame", "a NUL must follow the body of 'content-length' bytes");
        }
        return true;
    }
}
