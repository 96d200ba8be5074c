package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.broker.BrokerException;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import io.polylog.protocol.amqp091.AmqpProperties.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is AMQP's of a message against what is everybody's, both ways, as `docs/translation.md`
/// tabulates; and the core's errors as AMQP's. Stateless; any thread.
public final class AmqpMapping implements MessageCodec {
    /// The tag of stored AMQP messages ([AmqpContent]).
    public static final byte ENCODING = 16;

    /// Tells a tombstone from an empty body.
    static final String TOMBSTONE = "x-tombstone";

    private static final int PERSISTENT = 2;
    private static final long MS_PER_SECOND = 1000;

    @Override
    public byte encoding() {
        return ENCODING;
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        AmqpContent stored = new AmqpContent().wrap(content);
        try {
            return List.of(neutral(stored));
        } catch (AmqpException malformed) {
            throw new IllegalArgumentException(malformed.text());
        }
    }

    private static Message neutral(AmqpContent stored) {
        byte[] list = stored.properties();
        AmqpProperties properties = new AmqpProperties();
        properties.scan(list, 0, list.length);
        Map<String, @Nullable Object> headers = properties.headers();
        List<Header> user = new ArrayList<>(headers.size());
        headers.forEach((name, value) -> {
            if (!isOurs(name, value)) {
                user.add(new Header(name, value));
            }
        });
        return new Message(
                stored.routingKey(),
                key(headers.get(TableScan.KEY)),
                known(properties, headers),
                user,
                Boolean.TRUE.equals(headers.get(TOMBSTONE)) ? null : stored.body());
    }

    private static boolean isOurs(String name, @Nullable Object value) {
        return switch (name) {
            case TableScan.KEY -> key(value) != null;
            case TableScan.TIMESTAMP_MS -> value instanceof Number;
            case TOMBSTONE -> value instanceof Boolean;
            default -> false;
        };
    }

    /// The ordering key that a header value says, or null.
    static byte @Nullable [] key(@Nullable Object value) {
        return switch (value) {
            case String text -> text.getBytes(UTF_8);
            case byte[] bytes -> bytes;
            case null, default -> null;
        };
    }

    static Message.Properties known(
            AmqpProperties properties, Map<String, @Nullable Object> headers) {
        return new Message.Properties(
                properties.text(Property.CONTENT_TYPE),
                properties.text(Property.CONTENT_ENCODING),
                properties.text(Property.CORRELATION_ID),
                properties.text(Property.REPLY_TO),
                properties.text(Property.MESSAGE_ID),
                properties.text(Property.TYPE),
                properties.text(Property.USER_ID),
                properties.text(Property.APP_ID),
                timestampMs(properties.timestampSeconds(), headers.get(TableScan.TIMESTAMP_MS)),
                Math.max(-1, timeToLiveMs(properties.text(Property.EXPIRATION))),
                properties.octet(Property.PRIORITY));
    }

    static long timestampMs(long seconds, @Nullable Object headerMs) {
        if (headerMs instanceof Number ms) {
            return ms.longValue();
        }
        boolean inRange = Math.abs(seconds) <= Long.MAX_VALUE / MS_PER_SECOND;
        return inRange ? seconds * MS_PER_SECOND : 0;
    }

    /// Milliseconds from an expiration property: -1 where there is none, -2 where it is no number
    /// of milliseconds.
    static long timeToLiveMs(@Nullable String expiration) {
        if (expiration == null) {
            return -1;
        }
        try {
            long ms = Long.parseLong(expiration);
            return ms < 0 ? -2 : ms;
        } catch (NumberFormatException notMs) {
            return -2;
        }
    }

    /// A message of another protocol in the form in which AMQP messages are stored.
    ///
    /// @param fallbackKey the routing key where the message says no subject
    static ByteBuffer stored(Message message, String fallbackKey) {
        ByteBuffer body = message.body();
        int size = body == null ? 0 : body.remaining();
        ByteBuf out = Unpooled.buffer(size + 256);
        out.writeByte(AmqpContent.VERSION).writeByte(0);
        FieldTable.writeName(out, message.subject().isEmpty() ? fallbackKey : message.subject());
        int at = out.writerIndex();
        out.writeInt(0);
        AmqpProperties.write(out, properties(message));
        out.setInt(at, out.writerIndex() - at - 4);
        if (body != null) {
            out.writeBytes(body.duplicate());
        }
        return out.nioBuffer();
    }

    private static Map<Property, Object> properties(Message message) {
        Message.Properties known = message.properties();
        Map<Property, Object> values = new EnumMap<>(Property.class);
        Map<String, @Nullable Object> headers = new LinkedHashMap<>();
        message.headers().forEach(header -> add(headers, header));
        var texts = new Texts(values, headers);
        texts.put(Property.CONTENT_TYPE, known.contentType());
        texts.put(Property.CONTENT_ENCODING, known.contentEncoding());
        texts.put(Property.CORRELATION_ID, known.correlationId());
        texts.put(Property.REPLY_TO, known.replyTo());
        texts.put(Property.MESSAGE_ID, known.messageId());
        texts.put(Property.TYPE, known.type());
        texts.put(Property.USER_ID, known.userId());
        texts.put(Property.APP_ID, known.appId());
        if (known.timeToLiveMs() >= 0) {
            values.put(Property.EXPIRATION, Long.toString(known.timeToLiveMs()));
        }
        if (known.priority() >= 0) {
            values.put(Property.PRIORITY, known.priority());
        }
        values.put(Property.DELIVERY_MODE, PERSISTENT);
        if (known.timestampMs() != 0) {
            values.put(Property.TIMESTAMP, Math.floorDiv(known.timestampMs(), MS_PER_SECOND));
            headers.put(TableScan.TIMESTAMP_MS, known.timestampMs());
        }
        addKeyAndTombstone(headers, message);
        if (!headers.isEmpty()) {
            values.put(Property.HEADERS, headers);
        }
        return values;
    }

    /// A name that repeats, which a table cannot hold, becomes one entry: an array of its values.
    private static void add(Map<String, @Nullable Object> headers, Header header) {
        if (!headers.containsKey(header.name())) {
            headers.put(header.name(), header.value());
            return;
        }
        Object before = headers.get(header.name());
        if (before instanceof Repeated values) {
            values.add(header.value());
        } else {
            headers.put(header.name(), new Repeated(before, header.value()));
        }
    }

    /// The values of a repeated header, as against one value that is a list.
    private static final class Repeated extends ArrayList<@Nullable Object> {
        private static final long serialVersionUID = 1L;

        Repeated(@Nullable Object first, @Nullable Object second) {
            add(first);
            add(second);
        }
    }

    private static void addKeyAndTombstone(Map<String, @Nullable Object> headers, Message message) {
        if (message.key() != null) {
            headers.put(TableScan.KEY, FieldTable.textOrBytes(message.key()));
        }
        if (message.body() == null) {
            headers.put(TOMBSTONE, true);
        }
    }

    /// Puts text properties; one too long for its place becomes a header.
    private record Texts(Map<Property, Object> values, Map<String, @Nullable Object> headers) {
        void put(Property property, @Nullable String text) {
            if (text == null) {
                return;
            }
            if (text.getBytes(UTF_8).length <= ShortString.MOST_BYTES) {
                values.put(property, text);
            } else {
                headers.put("x-" + property.wireName(), text);
            }
        }
    }

    /// The AMQP error for a request that the core did not carry out.
    static AmqpException error(BrokerException refusal) {
        String text = String.valueOf(refusal.getMessage());
        return switch (refusal.kind()) {
            case NOT_FOUND -> AmqpException.of(ReplyCode.NOT_FOUND, text);
            case LOCKED -> AmqpException.of(ReplyCode.RESOURCE_LOCKED, text);
            case DENIED -> AmqpException.of(ReplyCode.ACCESS_REFUSED, text);
            case CONFLICT, IN_USE, NOT_EMPTY, INVALID ->
                    AmqpException.of(ReplyCode.PRECONDITION_FAILED, text);
            case DISK_FULL, FULL, BUSY -> AmqpException.onChannel(ReplyCode.RESOURCE_ERROR, text);
            case DAMAGED -> AmqpException.onChannel(ReplyCode.INTERNAL_ERROR, text);
            case CLOSED -> AmqpException.of(ReplyCode.CONNECTION_FORCED, text);
        };
    }
}
