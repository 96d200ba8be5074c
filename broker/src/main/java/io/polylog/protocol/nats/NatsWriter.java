package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Writes what a server says. Stateless; any thread.
final class NatsWriter {
    private static final byte[] MSG = ascii("MSG ");
    private static final byte[] HMSG = ascii("HMSG ");
    private static final int END = 0x0d0a;

    /// A line beside its subjects.
    private static final int LINE_BYTES = 64;

    private NatsWriter() {}

    private static byte[] ascii(String text) {
        return text.getBytes(UTF_8);
    }

    static void info(ByteBuf out, String json) {
        ByteBufUtil.writeUtf8(out, "INFO " + json + "\r\n");
    }

    static void ok(ByteBuf out) {
        ByteBufUtil.writeAscii(out, "+OK\r\n");
    }

    static void ping(ByteBuf out) {
        ByteBufUtil.writeAscii(out, "PING\r\n");
    }

    static void pong(ByteBuf out) {
        ByteBufUtil.writeAscii(out, "PONG\r\n");
    }

    static void error(ByteBuf out, String text) {
        ByteBufUtil.writeUtf8(out, "-ERR '" + text + "'\r\n");
    }

    /// A message for a subscription, in one piece.
    ///
    /// @param headers whether the client understands them; else it gets the payload alone
    static void message(ByteBuf out, NatsContent message, byte[] sid, boolean headers) {
        boolean whole = headers && message.headersLength() > 0;
        int size = message.payloadLength() + (whole ? message.headersLength() : 0);
        out.ensureWritable(message.subjectsLength() + sid.length + size + LINE_BYTES);
        out.writeBytes(whole ? HMSG : MSG);
        message.writeSubject(out);
        out.writeByte(' ').writeBytes(sid).writeByte(' ');
        if (message.hasReply()) {
            message.writeReply(out);
            out.writeByte(' ');
        }
        if (whole) {
            number(out, message.headersLength());
            out.writeByte(' ');
        }
        number(out, size);
        out.writeShort(END);
        if (whole) {
            message.writeHeadersAndPayload(out);
        } else {
            message.writePayload(out);
        }
        out.writeShort(END);
    }

    /// Says to who asked that nobody heard the request.
    ///
    /// @param reply subject of the request for its answer
    /// @param sid of the subscription that waits for it
    static void noResponders(ByteBuf out, String subject, String reply, byte[] sid) {
        String block = "NATS/1.0 503\r\nNats-Subject: " + subject + "\r\n\r\n";
        int length = ByteBufUtil.utf8Bytes(block);
        out.writeBytes(HMSG);
        ByteBufUtil.writeUtf8(out, reply);
        out.writeByte(' ').writeBytes(sid);
        ByteBufUtil.writeUtf8(out, " " + length + " " + length + "\r\n" + block + "\r\n");
    }

    private static void number(ByteBuf out, int number) {
        int power = 1;
        while (number / power >= 10) {
            power *= 10;
        }
        for (int rest = number; power > 0; power /= 10) {
            out.writeByte('0' + rest / power);
            rest %= power;
        }
    }
}
