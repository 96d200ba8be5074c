package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Writes what a server says. Stateless; any thread.
final class NatsWriter {
    private static final byte[] HMSG = ascii("HMSG ");

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
}
