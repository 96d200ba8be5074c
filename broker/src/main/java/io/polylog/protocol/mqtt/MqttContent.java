package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/// A stored MQTT message, read in place. The form on disk, version 1:
///
/// ```
/// 1 byte    version = 1
/// 1 byte    QoS in the lowest two bits, 4 for RETAIN, 8 where a new subscriber is given it
/// 4 bytes   message expiry in seconds, big-endian, all bits set for none
/// n bytes   who published it, with two bytes of length ahead
/// n bytes   topic, with two bytes of length ahead
/// 4 bytes   length of the properties, big-endian
/// n bytes   the other properties of the message, as PUBLISH had them
/// rest      payload
/// ```
///
/// A delivery copies its parts. A flyweight: [#wrap] points it at another message. Confined to one
/// thread.
final class MqttContent {
    static final byte VERSION = 1;
    static final int RETAIN = 4;

    /// Given to a new subscriber because it was retained.
    static final int KEPT = 8;

    private static final int CLIENT_AT = 6;
    private static final int QOS = 3;

    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private int start;
    private int topicAt;
    private int topicLength;
    private int propertiesAt;
    private int payloadAt;
    private int end;

    /// Points this at a stored message.
    ///
    /// @throws IllegalArgumentException if the bytes are not of this form
    MqttContent wrap(ByteBuffer stored) {
        try {
            locate(stored);
        } catch (IndexOutOfBoundsException cutShort) {
            throw new IllegalArgumentException("stored MQTT message is cut short");
        }
        return this;
    }

    private void locate(ByteBuffer stored) {
        start = stored.position();
        if (stored.get(start) != VERSION) {
            throw new IllegalArgumentException(
                    "stored MQTT message of unknown version " + stored.get(start));
        }
        int client = start + CLIENT_AT;
        topicAt = client + 2 + (stored.getShort(client) & 0xffff);
        topicLength = stored.getShort(topicAt) & 0xffff;
        topicAt += 2;
        int length = stored.getInt(topicAt + topicLength);
        propertiesAt = topicAt + topicLength + 4;
        end = stored.limit();
        if (length < 0 || length > end - propertiesAt) {
            throw new IndexOutOfBoundsException();
        }
        payloadAt = propertiesAt + length;
        // A direct or read-only buffer is copied from by moving its position: not the caller's.
        bytes = stored.hasArray() ? stored : stored.duplicate();
    }

    int qos() {
        return bytes.get(start + 1) & QOS;
    }

    boolean isRetain() {
        return (bytes.get(start + 1) & RETAIN) != 0;
    }

    boolean isKept() {
        return (bytes.get(start + 1) & KEPT) != 0;
    }

    /// -1 for none.
    long expirySeconds() {
        int seconds = bytes.getInt(start + 2);
        return seconds == -1 ? -1 : seconds & 0xffff_ffffL;
    }

    String client() {
        int length = bytes.getShort(start + CLIENT_AT) & 0xffff;
        return new String(copy(start + CLIENT_AT + 2, length), UTF_8);
    }

    String topic() {
        return new String(copy(topicAt, topicLength), UTF_8);
    }

    byte[] properties() {
        return copy(propertiesAt, payloadAt - propertiesAt);
    }

    ByteBuffer payload() {
        return bytes.duplicate().clear().slice(payloadAt, end - payloadAt);
    }

    int topicLength() {
        return topicLength;
    }

    int propertiesLength() {
        return payloadAt - propertiesAt;
    }

    int payloadLength() {
        return end - payloadAt;
    }

    void writeTopic(ByteBuf out) {
        write(out, topicAt, topicLength);
    }

    void writeProperties(ByteBuf out) {
        write(out, propertiesAt, payloadAt - propertiesAt);
    }

    void writePayload(ByteBuf out) {
        write(out, payloadAt, end - payloadAt);
    }

    private byte[] copy(int at, int length) {
        byte[] copy = new byte[length];
        bytes.get(at, copy);
        return copy;
    }

    private void write(ByteBuf out, int at, int length) {
        if (bytes.hasArray()) {
            out.writeBytes(bytes.array(), bytes.arrayOffset() + at, length);
        } else {
            out.writeBytes(bytes.limit(at + length).position(at));
            bytes.limit(end);
        }
    }

    // Making -------------------------------------------------------------------------------------

    /// Everything of a message but its payload.
    ///
    /// @param flags as stored
    /// @param client who published it, in UTF-8
    /// @param expirySeconds -1 for none
    /// @param properties the other ones
    record Head(int flags, byte[] client, String topic, long expirySeconds, byte[] properties) {
        private static final int FIXED = 1 + 1 + 4 + 2 + 2 + 4;

        /// The stored form, with room for a payload at its end.
        ByteBuffer stored(int payload) {
            byte[] name = topic.getBytes(UTF_8);
            int size = FIXED + client.length + name.length + properties.length + payload;
            ByteBuffer stored = ByteBuffer.allocate(size);
            stored.put(VERSION).put((byte) flags).putInt((int) expirySeconds);
            stored.putShort((short) client.length).put(client);
            stored.putShort((short) name.length).put(name);
            return stored.putInt(properties.length).put(properties);
        }
    }

    /// A message as it is stored.
    static ByteBuffer stored(Head head, ByteBuffer payload) {
        return head.stored(payload.remaining()).put(payload.duplicate()).flip();
    }

    /// A message as it is stored.
    static ByteBuffer stored(Head head, ByteBuf payload) {
        ByteBuffer stored = head.stored(payload.readableBytes());
        payload.getBytes(payload.readerIndex(), stored);
        return stored.flip();
    }

    /// The same message, as a new subscriber gets what is retained.
    ///
    /// @param left what is left of its expiry
    ByteBuffer kept(long left) {
        ByteBuffer copy = ByteBuffer.wrap(copy(start, end - start));
        return copy.put(1, (byte) (copy.get(1) | KEPT)).putInt(2, (int) left);
    }
}
