package io.polylog.interop.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.HexFormat;

/// A connection whose packets the test writes itself, as hexadecimal digits: for what no client
/// does, or does not let a test do. One thread.
final class RawMqtt implements AutoCloseable {
    private static final int TIMEOUT_MS = 10_000;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private boolean present;

    /// A packet as it came.
    ///
    /// @param header its first byte
    /// @param body in hexadecimal digits
    record Packet(int header, String body) {
        int type() {
            return header >> 4;
        }
    }

    RawMqtt(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /// Connects with MQTT 5.
    ///
    /// @param clean whether it begins a new session
    /// @param expirySeconds of the session
    static RawMqtt connected(int port, String id, boolean clean, int expirySeconds)
            throws IOException {
        return connected(port, clean ? 2 : 0, expirySeconds, text(id));
    }

    /// Connects with MQTT 5, begins a new session and leaves a will of QoS 1.
    ///
    /// @param expirySeconds of the session
    /// @param delaySeconds of the will
    static RawMqtt mortal(int port, String id, int expirySeconds, int delaySeconds, String topic)
            throws IOException {
        String will = "05 18 %08x".formatted(delaySeconds) + text(topic) + text("gone");
        return connected(port, 0x0e, expirySeconds, text(id) + will);
    }

    private static RawMqtt connected(int port, int flags, int expirySeconds, String payload)
            throws IOException {
        RawMqtt raw = new RawMqtt(port);
        String properties = "05 11 %08x".formatted(expirySeconds);
        raw.packet(0x10, "0004 4d515454 05 %02x 0000".formatted(flags), properties, payload);
        Packet connack = raw.next();
        if (connack.type() != 2 || !connack.body().startsWith("00", 2)) {
            throw new IOException("not connected: " + connack);
        }
        raw.present = connack.body().startsWith("01");
        return raw;
    }

    static RawMqtt connected(int port, String id) throws IOException {
        return connected(port, id, true, 0);
    }

    /// Whether CONNACK said that there was a session.
    boolean isPresent() {
        return present;
    }

    /// Text with its length ahead.
    static String text(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return "%04x".formatted(bytes.length) + HexFormat.of().formatHex(bytes);
    }

    /// A PUBLISH of MQTT 5 without properties.
    void publish(int header, int packetId, String topic, String payload) throws IOException {
        bytes(publication(header, packetId, topic, payload));
    }

    /// The bytes of such a PUBLISH.
    static byte[] publication(int header, int packetId, String topic, String payload) {
        String id = packetId == 0 ? "" : "%04x".formatted(packetId);
        String bytes = HexFormat.of().formatHex(payload.getBytes(UTF_8));
        return encoded(header, text(topic), id, "00", bytes);
    }

    void subscribe(int packetId, String filter, int options) throws IOException {
        packet(0x82, "%04x 00".formatted(packetId), text(filter), "%02x".formatted(options));
    }

    /// PUBACK and its like.
    void ack(int header, int packetId) throws IOException {
        packet(header, "%04x".formatted(packetId));
    }

    void packet(int header, String... hex) throws IOException {
        bytes(encoded(header, hex));
    }

    private static byte[] encoded(int header, String... hex) {
        byte[] body = HexFormat.of().parseHex(String.join("", hex).replace(" ", ""));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(header);
        int left = body.length;
        while (left > 0x7f) {
            all.write((left & 0x7f) | 0x80);
            left >>= 7;
        }
        all.write(left);
        all.writeBytes(body);
        return all.toByteArray();
    }

    void bytes(byte[] bytes) throws IOException {
        try {
            out.write(bytes);
        } catch (SocketException closedAlready) {
            // What was said is still to be read.
        }
    }

    Packet next() throws IOException {
        int header = in.readUnsignedByte();
        int length = 0;
        int shift = 0;
        int next;
        do {
            next = in.readUnsignedByte();
            length |= (next & 0x7f) << shift;
            shift += 7;
        } while (next > 0x7f);
        byte[] body = new byte[length];
        in.readFully(body);
        return new Packet(header, HexFormat.of().formatHex(body));
    }

    /// The next packet of a type; others before it are passed over.
    Packet next(int type) throws IOException {
        Packet packet = next();
        while (packet.type() != type) {
            packet = next();
        }
        return packet;
    }

    /// Whether the broker closes it without a further word.
    boolean isClosed() throws IOException {
        try {
            next();
            return false;
        } catch (EOFException | SocketException closed) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
