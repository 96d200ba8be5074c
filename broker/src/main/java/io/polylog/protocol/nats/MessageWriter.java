package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/// Writes messages for one client. The line before the payload is put together in an array: many
/// small writes to a buffer outside the heap cost more than the message. On the loop.
final class MessageWriter {
    private static final byte[] MSG = "MSG ".getBytes(US_ASCII);
    private static final byte[] HMSG = "HMSG ".getBytes(US_ASCII);
    private static final short END = 0x0d0a;

    /// A line beside its subjects and the id: an operation, two sizes, spaces and its end.
    private static final int LINE_BYTES = 36;

    private final boolean headers;
    private final Traffic traffic;
    private byte[] line = {};

    /// @param headers whether the client understands them; else it gets payloads alone
    /// @param traffic counts what is written
    MessageWriter(boolean headers, Traffic traffic) {
        this.headers = headers;
        this.traffic = traffic;
    }

    /// Writes a message for a subscription, in one piece.
    void write(ByteBuf out, NatsContent message, byte[] sid) {
        boolean whole = headers && message.headersLength() > 0;
        int size = message.payloadLength() + (whole ? message.headersLength() : 0);
        traffic.went(size);
        int length = line(message, sid, whole, size);
        out.ensureWritable(length + size + 2);
        out.writeBytes(line, 0, length);
        if (whole) {
            message.writeHeadersAndPayload(out);
        } else {
            message.writePayload(out);
        }
        out.writeShort(END);
    }

    /// @return its length
    private int line(NatsContent message, byte[] sid, boolean whole, int size) {
        int most = message.subjectsLength() + sid.length + LINE_BYTES;
        if (most > line.length) {
            line = new byte[most];
        }
        int at = bytes(whole ? HMSG : MSG, 0);
        at = space(message.subject(line, at));
        at = space(bytes(sid, at));
        if (message.hasReply()) {
            at = space(message.reply(line, at));
        }
        if (whole) {
            at = space(number(message.headersLength(), at));
        }
        at = number(size, at);
        line[at] = '\r';
        line[at + 1] = '\n';
        return at + 2;
    }

    private int bytes(byte[] from, int at) {
        System.arraycopy(from, 0, line, at, from.length);
        return at + from.length;
    }

    private int space(int at) {
        line[at] = ' ';
        return at + 1;
    }

    private int number(int number, int at) {
        int end = at + 1;
        for (int rest = number; rest >= 10; rest /= 10) {
            end++;
        }
        int rest = number;
        for (int place = end - 1; place >= at; place--) {
            line[place] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return end;
    }
}
