package io.polylog.broker.filter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Metadata;
import io.polylog.message.Message.Properties;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.selector.filter.Filterable;
import org.jspecify.annotations.Nullable;

/// What a condition may name of a message: the fields that JMS gives names, and headers by theirs.
/// Opened when asked. Used by one thread.
final class MessageFields implements Filterable {
    /// What JMS takes for a message that says no priority.
    private static final int USUAL_PRIORITY = 4;

    private final Metadata message;
    private final boolean durable;
    private @Nullable Map<String, @Nullable Object> headers;
    private List<Like> likes = List.of();

    MessageFields(Metadata message, boolean durable) {
        this.message = message;
        this.durable = durable;
    }

    /// The same, with the patterns of a condition.
    MessageFields with(List<Like> patterns) {
        likes = patterns;
        return this;
    }

    @Override
    public @Nullable Object getProperty(SimpleString name) {
        String text = name.toString();
        if (text.charAt(0) != LikeFields.MARK) {
            return value(text);
        }
        Like like = likes.get(Integer.parseInt(text, 1, text.length(), 10));
        return like.of(value(like.name));
    }

    private @Nullable Object value(String name) {
        return name.startsWith("JMS") ? field(name) : header(name);
    }

    private @Nullable Object field(String name) {
        Properties known = message.properties();
        return switch (name) {
            case "JMSMessageID" -> known.messageId();
            case "JMSCorrelationID" -> known.correlationId();
            case "JMSType" -> known.type();
            case "JMSPriority" -> known.priority() < 0 ? USUAL_PRIORITY : known.priority();
            case "JMSTimestamp" -> known.timestampMs() == 0 ? null : known.timestampMs();
            case "JMSDeliveryMode" -> durable ? "PERSISTENT" : "NON_PERSISTENT";
            default -> header(name);
        };
    }

    private @Nullable Object header(String name) {
        Map<String, @Nullable Object> known = headers;
        if (known == null) {
            known = message.headers();
            headers = known;
        }
        return comparable(known.get(name));
    }

    /// A header's value as something that SQL compares.
    private static @Nullable Object comparable(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text -> text;
            case Boolean truth -> truth;
            case BigDecimal decimal -> decimal.doubleValue();
            case Number number -> number;
            case Instant time -> time.toEpochMilli();
            case byte[] bytes -> new String(bytes, UTF_8);
            default -> value.toString();
        };
    }

    @Override
    public <T> @Nullable T getBodyAs(Class<T> type) {
        return null; // conditions that look into the body are refused
    }

    @Override
    public @Nullable Object getLocalConnectionId() {
        return null;
    }
}
