package io.polylog.protocol.kafka;

import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.protocol.kafka.KafkaMapping.RawHeader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The headers by which a Kafka record carries what the neutral message has fields for. The first
/// header of such a name is the field; a further one, or one whose value does not fit, stays a user
/// header. Collects the fields of one record; one thread.
final class PropertyHeaders {
    static final String SUBJECT = "subject";
    static final String CONTENT_TYPE = "content-type";
    static final String CONTENT_ENCODING = "content-encoding";
    static final String CORRELATION_ID = "correlation-id";
    static final String REPLY_TO = "reply-to";
    static final String MESSAGE_ID = "message-id";
    static final String TYPE = "type";
    static final String USER_ID = "user-id";
    static final String APP_ID = "app-id";
    static final String EXPIRATION = "expiration";
    static final String PRIORITY = "priority";

    private static final List<String> TEXTS =
            List.of(
                    SUBJECT,
                    CONTENT_TYPE,
                    CONTENT_ENCODING,
                    CORRELATION_ID,
                    REPLY_TO,
                    MESSAGE_ID,
                    TYPE,
                    USER_ID,
                    APP_ID);

    private static final int MAX_PRIORITY = 255;

    private @Nullable Map<String, String> texts;
    private long timeToLiveMs = -1;
    private int priority = -1;

    /// Takes a header if it is one of the fields.
    boolean take(String name, byte @Nullable [] value) {
        boolean known = TEXTS.contains(name) || name.equals(EXPIRATION) || name.equals(PRIORITY);
        if (!known || value == null || !(HeaderValues.neutral(value) instanceof String text)) {
            return false;
        }
        return switch (name) {
            case EXPIRATION -> takeExpiration(text);
            case PRIORITY -> takePriority(text);
            default -> takeText(name, text);
        };
    }

    private boolean takeText(String name, String text) {
        if (texts == null) {
            texts = new HashMap<>();
        }
        return texts.putIfAbsent(name, text) == null;
    }

    private boolean takeExpiration(String text) {
        long ms = number(text, Long.MAX_VALUE);
        if (ms < 0 || timeToLiveMs >= 0) {
            return false;
        }
        timeToLiveMs = ms;
        return true;
    }

    private boolean takePriority(String text) {
        long value = number(text, MAX_PRIORITY);
        if (value < 0 || priority >= 0) {
            return false;
        }
        priority = (int) value;
        return true;
    }

    /// The number a text spells the only way, or -1.
    private static long number(String text, long most) {
        try {
            long value = Long.parseLong(text);
            return value <= most && Long.toString(value).equals(text) ? value : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    String subject() {
        String subject = text(SUBJECT);
        return subject == null ? "" : subject;
    }

    Properties with(long timestampMs) {
        if (texts == null && timeToLiveMs < 0 && priority < 0 && timestampMs == 0) {
            return Properties.NONE;
        }
        return new Properties(
                text(CONTENT_TYPE),
                text(CONTENT_ENCODING),
                text(CORRELATION_ID),
                text(REPLY_TO),
                text(MESSAGE_ID),
                text(TYPE),
                text(USER_ID),
                text(APP_ID),
                timestampMs,
                timeToLiveMs,
                priority);
    }

    private @Nullable String text(String name) {
        return texts == null ? null : texts.get(name);
    }

    /// The headers that carry a message's fields, to be followed by its own.
    static List<RawHeader> of(Message message) {
        Properties properties = message.properties();
        List<RawHeader> out = new ArrayList<>();
        add(out, SUBJECT, message.subject().isEmpty() ? null : message.subject());
        add(out, CONTENT_TYPE, properties.contentType());
        add(out, CONTENT_ENCODING, properties.contentEncoding());
        add(out, CORRELATION_ID, properties.correlationId());
        add(out, REPLY_TO, properties.replyTo());
        add(out, MESSAGE_ID, properties.messageId());
        add(out, TYPE, properties.type());
        add(out, USER_ID, properties.userId());
        add(out, APP_ID, properties.appId());
        add(out, EXPIRATION, text(properties.timeToLiveMs()));
        add(out, PRIORITY, text(properties.priority()));
        return out;
    }

    private static @Nullable String text(long number) {
        return number < 0 ? null : Long.toString(number);
    }

    private static void add(List<RawHeader> out, String name, @Nullable String value) {
        if (value != null) {
            out.add(new RawHeader(HeaderValues.bytes(name), HeaderValues.bytes(value)));
        }
    }
}
