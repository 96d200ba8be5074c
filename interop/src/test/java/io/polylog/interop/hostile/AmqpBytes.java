package io.polylog.interop.hostile;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;

/// The few bytes of AMQP 0-9-1 that the tests need to get as far as they want before they go wrong.
/// Numbers are those of the specification.
final class AmqpBytes {
    static final byte[] HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    private static final int METHOD = 1;
    private static final int CONTENT_HEADER = 2;
    private static final int FRAME_END = 0xCE;
    private static final int FRAME_OVERHEAD_BYTES = 8;
    private static final int CONNECTION = 10;
    private static final int CLOSE = 50;

    private AmqpBytes() {}

    /// A frame whose payload is a method with arguments.
    static byte[] method(int channel, int type, int method, byte[]... arguments) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(
                ByteBuffer.allocate(4).putShort((short) type).putShort((short) method).array());
        for (byte[] argument : arguments) {
            payload.writeBytes(argument);
        }
        return frame(METHOD, channel, payload.toByteArray());
    }

    static byte[] frame(int kind, int channel, byte[] payload) {
        return ByteBuffer.allocate(payload.length + FRAME_OVERHEAD_BYTES)
                .put(beginning(kind, channel, payload.length))
                .put(payload)
                .put((byte) FRAME_END)
                .array();
    }

    /// The first seven bytes of a frame, whatever length it claims.
    static byte[] beginning(int kind, int channel, int length) {
        return ByteBuffer.allocate(7)
                .put((byte) kind)
                .putShort((short) channel)
                .putInt(length)
                .array();
    }

    /// The header of a message in the class basic without properties.
    static byte[] contentHeader(int channel, long bodyBytes) {
        byte[] payload =
                ByteBuffer.allocate(14)
                        .putShort((short) 60)
                        .putShort((short) 0)
                        .putLong(bodyBytes)
                        .putShort((short) 0)
                        .array();
        return frame(CONTENT_HEADER, channel, payload);
    }

    static byte[] shortText(String text) {
        return ByteBuffer.allocate(1 + text.length())
                .put((byte) text.length())
                .put(text.getBytes(US_ASCII))
                .array();
    }

    static byte[] longText(String text) {
        return ByteBuffer.allocate(4 + text.length())
                .putInt(text.length())
                .put(text.getBytes(US_ASCII))
                .array();
    }

    static byte[] startOk() {
        return method(
                0,
                CONNECTION,
                11,
                new byte[4],
                shortText("PLAIN"),
                longText("\0guest\0guest"),
                shortText("en_US"));
    }

    /// Logs in and opens channel 1.
    static void open(Socket socket) throws IOException {
        var in = new DataInputStream(socket.getInputStream());
        socket.getOutputStream().write(HEADER);
        skipFrame(in); // connection.start
        socket.getOutputStream().write(startOk());
        skipFrame(in); // connection.tune
        socket.getOutputStream().write(method(0, CONNECTION, 31, new byte[8]));
        socket.getOutputStream().write(method(0, CONNECTION, 40, shortText("/"), new byte[2]));
        skipFrame(in); // connection.open-ok
        socket.getOutputStream().write(method(1, 20, 10, new byte[1]));
        skipFrame(in); // channel.open-ok
    }

    private static void skipFrame(DataInputStream in) throws IOException {
        in.skipNBytes(3);
        in.skipNBytes(in.readInt() + 1L);
    }

    /// The reply code of the connection.close or channel.close among some frames; 0 without one.
    static int closeCode(byte[] frames) {
        ByteBuffer in = ByteBuffer.wrap(frames);
        while (in.remaining() > FRAME_OVERHEAD_BYTES) {
            int kind = in.get();
            in.getShort();
            int length = in.getInt();
            ByteBuffer payload = in.slice(in.position(), length);
            in.position(in.position() + length + 1);
            int type = kind == METHOD ? payload.getShort() : 0;
            int method = kind == METHOD ? payload.getShort() : 0;
            if ((type == CONNECTION && method == CLOSE) || (type == 20 && method == 40)) {
                return payload.getShort();
            }
        }
        return 0;
    }
}
