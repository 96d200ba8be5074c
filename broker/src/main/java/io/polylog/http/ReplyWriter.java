package io.polylog.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Writes answers as bytes. Any thread.
final class ReplyWriter {
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] TYPE = "\r\nContent-Type: ".getBytes(ISO_8859_1);
    private static final byte[] LENGTH = "\r\nContent-Length: ".getBytes(ISO_8859_1);
    private static final byte[] CLOSE = "\r\nConnection: close".getBytes(ISO_8859_1);
    private static final byte[] KEEP_ALIVE = "\r\nConnection: keep-alive".getBytes(ISO_8859_1);
    private static final byte[] END = "\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] LINE_END = "\r\n".getBytes(ISO_8859_1);

    private final LongSupplier wallMs;
    private final Map<Integer, byte[]> statusLines = new ConcurrentHashMap<>();
    private volatile Second now = new Second(-1, new byte[0]);

    /// @param line the Date header of that second since 1970
    private record Second(long number, byte[] line) {}

    /// What an answer says of its connection.
    enum Staying {
        /// HTTP/1.1's usual.
        STAYS,
        /// As an older client wants it said.
        STAYS_AS_ASKED,
        ENDS
    }

    ReplyWriter(LongSupplier wallMs) {
        this.wallMs = wallMs;
    }

    static void proceed(ByteBuf out) {
        out.writeBytes(CONTINUE);
    }

    /// @param more headers
    /// @param isHead whether its body is only described
    void write(
            ByteBuf out, Reply reply, Map<String, String> more, Staying staying, boolean isHead) {
        begin(out, reply.status(), reply.type(), staying);
        reply.headers().forEach((name, value) -> header(out, name, value));
        more.forEach((name, value) -> header(out, name, value));
        out.writeBytes(LENGTH);
        out.writeCharSequence(Integer.toString(reply.body().length), ISO_8859_1);
        out.writeBytes(END);
        if (!isHead) {
            out.writeBytes(reply.body());
        }
    }

    /// The head of an answer that ends with its connection.
    ///
    /// @param more headers
    void open(ByteBuf out, String type, Map<String, String> more) {
        begin(out, Status.OK, type, Staying.ENDS);
        header(out, "Cache-Control", "no-store");
        more.forEach((name, value) -> header(out, name, value));
        out.writeBytes(END);
    }

    /// The connection is a WebSocket from here on.
    ///
    /// @param accept as the client's key has it
    void upgrade(ByteBuf out, String accept) {
        begin(out, Status.SWITCHING, null, Staying.STAYS);
        header(out, "Upgrade", "websocket");
        header(out, "Connection", "Upgrade");
        header(out, "Sec-WebSocket-Accept", accept);
        out.writeBytes(END);
    }

    private void begin(ByteBuf out, int status, @Nullable String type, Staying staying) {
        out.writeBytes(statusLines.computeIfAbsent(status, ReplyWriter::statusLine));
        out.writeBytes(date());
        if (type != null) {
            out.writeBytes(TYPE);
            text(out, type);
        }
        switch (staying) {
            case STAYS -> {}
            case STAYS_AS_ASKED -> out.writeBytes(KEEP_ALIVE);
            case ENDS -> out.writeBytes(CLOSE);
        }
    }

    private static void header(ByteBuf out, String name, String value) {
        out.writeBytes(LINE_END);
        text(out, name);
        out.writeByte(':').writeByte(' ');
        text(out, value);
    }

    /// No header ends where its value says so.
    private static void text(ByteBuf out, String value) {
        for (int i = 0; i < value.length(); i++) {
            char next = value.charAt(i);
            out.writeByte(next < ' ' || next == 0x7F || next > 0xFF ? '?' : next);
        }
    }

    private static byte[] statusLine(int status) {
        return ("HTTP/1.1 " + status + " " + Status.phrase(status)).getBytes(ISO_8859_1);
    }

    private byte[] date() {
        long second = wallMs.getAsLong() / 1000;
        Second last = now;
        if (last.number != second) {
            String line = "\r\nDate: " + DATE.format(Instant.ofEpochSecond(second));
            last = new Second(second, line.getBytes(ISO_8859_1));
            now = last;
        }
        return last.line;
    }
}
