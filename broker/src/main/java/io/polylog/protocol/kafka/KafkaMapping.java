package io.polylog.protocol.kafka;

import io.polylog.broker.Publication.Envelope;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Between Kafka's records and the neutral message, both ways, as the table in
/// `docs/translation.md` says. Stateless; any thread.
///
/// A record is a *tail* (key, value, headers, as they lie in a batch of format 2) and a timestamp.
final class KafkaMapping {
    private KafkaMapping() {}

    /// The neutral form of a record.
    ///
    /// @param topic it was produced to, its subject where no header says one; or ""
    /// @throws IllegalArgumentException if the tail is malformed
    static Message message(long timestampMs, String topic, ByteBuffer tail) {
        ByteBuffer in = tail.duplicate();
        byte @Nullable [] key = bytes(in);
        ByteBuffer value = slice(in);
        PropertyHeaders properties = new PropertyHeaders();
        List<Header> headers = new ArrayList<>();
        int count = Varints.readInt(in);
        for (int i = 0; i < count; i++) {
            String name = HeaderValues.text(required(bytes(in)));
            byte @Nullable [] header = bytes(in);
            if (!properties.take(name, header)) {
                headers.add(new Header(name, HeaderValues.neutral(header)));
            }
        }
        checkEnd(count, in);
        return new Message(
                properties.subject().isEmpty() ? topic : properties.subject(),
                key,
                properties.with(Math.max(0, timestampMs)),
                headers,
                value);
    }

    /// The record tail of a neutral message.
    static ByteBuffer tail(Message message) {
        List<RawHeader> headers = PropertyHeaders.of(message);
        for (Header header : message.headers()) {
            headers.add(
                    new RawHeader(
                            HeaderValues.bytes(header.name()), HeaderValues.kafka(header.value())));
        }
        ByteBuffer value = message.body();
        int size = sizeOf(message.key()) + sizeOf(value) + Varints.sizeOf(headers.size());
        for (RawHeader header : headers) {
            size += sizeOf(header.name) + sizeOf(header.value);
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        put(out, message.key());
        put(out, value);
        Varints.write(out, headers.size());
        for (RawHeader header : headers) {
            put(out, header.name);
            put(out, header.value);
        }
        return out.flip();
    }

    /// What the core must know of a record without opening it.
    static Envelope envelope(long timestampMs, ByteBuffer tail) {
        Message message = message(timestampMs, "", tail);
        Properties properties = message.properties();
        return new Envelope(
                properties.timestampMs(),
                properties.timeToLiveMs(),
                properties.priority(),
                message.key(),
                message.body() == null);
    }

    /// A header as Kafka has it.
    record RawHeader(byte[] name, byte @Nullable [] value) {}

    private static void checkEnd(int headers, ByteBuffer in) {
        if (headers < 0 || in.hasRemaining()) {
            throw new IllegalArgumentException("a record's headers are malformed");
        }
    }

    private static byte[] required(byte @Nullable [] name) {
        if (name == null) {
            throw new IllegalArgumentException("a header without a name");
        }
        return name;
    }

    private static byte @Nullable [] bytes(ByteBuffer in) {
        ByteBuffer slice = slice(in);
        if (slice == null) {
            return null;
        }
        byte[] copy = new byte[slice.remaining()];
        slice.get(copy);
        return copy;
    }

    private static @Nullable ByteBuffer slice(ByteBuffer in) {
        int length = Varints.readInt(in);
        if (length < 0) {
            return null;
        }
        if (length > in.remaining()) {
            throw new IllegalArgumentException("a record's field of " + length + " bytes");
        }
        ByteBuffer slice = in.slice(in.position(), length);
        in.position(in.position() + length);
        return slice;
    }

    private static int sizeOf(byte @Nullable [] field) {
        return field == null ? 1 : Varints.sizeOf(field.length) + field.length;
    }

    private static int sizeOf(@Nullable ByteBuffer field) {
        return field == null ? 1 : Varints.sizeOf(field.remaining()) + field.remaining();
    }

    private static void put(ByteBuffer out, byte @Nullable [] field) {
        Varints.write(out, field == null ? -1 : field.length);
        if (field != null) {
            out.put(field);
        }
    }

    private static void put(ByteBuffer out, @Nullable ByteBuffer field) {
        Varints.write(out, field == null ? -1 : field.remaining());
        if (field != null) {
            out.put(field.duplicate());
        }
    }
}
