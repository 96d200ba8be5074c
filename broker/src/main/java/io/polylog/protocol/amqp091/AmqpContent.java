package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/// A stored AMQP message, read in place. The form on disk, version 1:
///
/// ```
/// 1 byte    version = 1
/// n bytes   exchange and routing key, each with its length octet, as basic.publish had them
/// 4 bytes   length of the properties, unsigned, big-endian
/// n bytes   property flags and list, as the content header had them
/// rest      body
/// ```
///
/// All parts are as they were on the wire, so a delivery copies them and nothing is parsed again. A
/// flyweight: [#wrap] points it at another message. Confined to one thread.
final class AmqpContent {
    static final byte VERSION = 1;

    private ByteBuffer bytes = ByteBuffer.allocate(0);
    private int exchangeAt;
    private int keyAt;
    private int propertiesAt;
    private int bodyAt;
    private int end;

    /// Points this at a stored message.
    ///
    /// @throws IllegalArgumentException if the bytes are not of this form
    AmqpContent wrap(ByteBuffer stored) {
        try {
            locate(stored);
        } catch (IndexOutOfBoundsException cutShort) {
            throw new IllegalArgumentException("stored AMQP message is cut short");
        }
        return this;
    }

    private void locate(ByteBuffer stored) {
        int at = stored.position();
        if (stored.get(at) != VERSION) {
            throw new IllegalArgumentException(
                    "stored AMQP message of unknown version " + stored.get(at));
        }
        exchangeAt = at + 1;
        keyAt = exchangeAt + 1 + (stored.get(exchangeAt) & 0xff);
        int lengthAt = keyAt + 1 + (stored.get(keyAt) & 0xff);
        long length = stored.getInt(lengthAt) & 0xffff_ffffL;
        propertiesAt = lengthAt + 4;
        if (length < 2 || length > stored.limit() - propertiesAt) {
            throw new IndexOutOfBoundsException();
        }
        bodyAt = propertiesAt + (int) length;
        end = stored.limit();
        // A direct or read-only buffer is copied from by moving its position: not the caller's.
        bytes = stored.hasArray() ? stored : stored.duplicate();
    }

    int bodyLength() {
        return end - bodyAt;
    }

    String exchange() {
        return text(exchangeAt);
    }

    String routingKey() {
        return text(keyAt);
    }

    private String text(int at) {
        return new String(copy(at + 1, bytes.get(at) & 0xff), UTF_8);
    }

    byte[] properties() {
        return copy(propertiesAt, bodyAt - propertiesAt);
    }

    ByteBuffer body() {
        return bytes.duplicate().clear().slice(bodyAt, end - bodyAt);
    }

    /// The same message with another list of properties.
    ByteBuffer withProperties(byte[] list) {
        return with(list, body());
    }

    /// The same message with another list of properties and another body.
    ByteBuffer with(byte[] list, ByteBuffer body) {
        int address = propertiesAt - 4 - exchangeAt;
        ByteBuffer changed = ByteBuffer.allocate(1 + address + 4 + list.length + body.remaining());
        changed.put(VERSION).put(copy(exchangeAt, address));
        changed.putInt(list.length).put(list).put(body);
        return changed.flip();
    }

    /// The same body, published elsewhere and with another list of properties.
    ByteBuffer with(String exchange, String routingKey, byte[] list) {
        byte[] to = AmqpCodec.shortBytes(exchange);
        byte[] key = AmqpCodec.shortBytes(routingKey);
        int length = 1 + 1 + to.length + 1 + key.length + 4 + list.length + bodyLength();
        ByteBuffer changed = ByteBuffer.allocate(length);
        changed.put(VERSION).put((byte) to.length).put(to).put((byte) key.length).put(key);
        changed.putInt(list.length).put(list).put(body());
        return changed.flip();
    }

    private byte[] copy(int at, int length) {
        byte[] copy = new byte[length];
        bytes.get(at, copy);
        return copy;
    }

    /// Exchange and routing key as two short strings.
    void writeAddress(ByteBuf out) {
        write(out, exchangeAt, propertiesAt - 4 - exchangeAt);
    }

    void writeProperties(ByteBuf out) {
        write(out, propertiesAt, bodyAt - propertiesAt);
    }

    void writeBody(ByteBuf out, int from, int length) {
        write(out, bodyAt + from, length);
    }

    private void write(ByteBuf out, int at, int length) {
        if (bytes.hasArray()) {
            out.writeBytes(bytes.array(), bytes.arrayOffset() + at, length);
        } else {
            out.writeBytes(bytes.limit(at + length).position(at));
        }
    }
}
