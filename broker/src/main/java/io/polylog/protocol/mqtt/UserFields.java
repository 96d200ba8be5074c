package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.message.Header;
import io.polylog.message.HeaderText;
import io.polylog.message.Message;
import io.polylog.protocol.mqtt.Properties.Entry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The user properties by which an MQTT message carries what the neutral message has fields for.
/// The first of such a name is the field; a further one, or one whose value does not fit, stays a
/// user header. Collects the fields of one message; one thread.
final class UserFields {
    static final String CONTENT_ENCODING = "content-encoding";
    static final String MESSAGE_ID = "message-id";
    static final String TYPE = "type";
    static final String USER_ID = "user-id";
    static final String APP_ID = "app-id";
    static final String TIMESTAMP = "timestamp";
    static final String PRIORITY = "priority";
    static final String KEY = "key";
    static final String TOMBSTONE = "tombstone";

    private static final Set<String> TEXTS =
            Set.of(CONTENT_ENCODING, MESSAGE_ID, TYPE, USER_ID, APP_ID, KEY);
    private static final int MOST_PRIORITY = 255;

    private final Map<String, String> texts = new HashMap<>(0);
    private final List<Header> headers = new ArrayList<>(0);
    private long timestampMs;
    private int priority = -1;
    private boolean tombstone;

    void take(String name, String value) {
        if (!known(name, value)) {
            headers.add(new Header(name, value));
        }
    }

    private boolean known(String name, String value) {
        if (TEXTS.contains(name)) {
            return texts.putIfAbsent(name, value) == null;
        }
        return switch (name) {
            case TIMESTAMP -> {
                long ms = number(value, Long.MAX_VALUE);
                boolean first = timestampMs == 0 && ms > 0;
                timestampMs = first ? ms : timestampMs;
                yield first;
            }
            case PRIORITY -> {
                long level = number(value, MOST_PRIORITY);
                boolean first = priority < 0 && level >= 0;
                priority = first ? (int) level : priority;
                yield first;
            }
            case TOMBSTONE -> {
                boolean first = !tombstone && value.equals("true");
                tombstone |= first;
                yield first;
            }
            default -> false;
        };
    }

    /// The number that a text spells the only way, or -1.
    private static long number(String text, long most) {
        try {
            long value = Long.parseLong(text);
            return value <= most && Long.toString(value).equals(text) ? value : -1;
        } catch (NumberFormatException none) {
            return -1;
        }
    }

    List<Header> headers() {
        return headers;
    }

    byte @Nullable [] key() {
        String key = texts.get(KEY);
        return key == null ? null : key.getBytes(UTF_8);
    }

    boolean isTombstone() {
        return tombstone;
    }

    /// The known fields, with those that have properties of their own.
    Message.Properties with(Properties own, long expirySeconds, @Nullable String correlation) {
        return new Message.Properties(
                (String) own.find(Properties.CONTENT_TYPE),
                texts.get(CONTENT_ENCODING),
                correlation,
                ReplyTopics.neutral((String) own.find(Properties.RESPONSE_TOPIC)),
                texts.get(MESSAGE_ID),
                texts.get(TYPE),
                texts.get(USER_ID),
                texts.get(APP_ID),
                timestampMs,
                expirySeconds < 0 ? -1 : expirySeconds * 1000,
                priority);
    }

    /// What a message of another protocol has, for which MQTT has no property of its own.
    static void add(Properties to, Message message) {
        Message.Properties known = message.properties();
        add(to, CONTENT_ENCODING, known.contentEncoding());
        add(to, MESSAGE_ID, known.messageId());
        add(to, TYPE, known.type());
        add(to, USER_ID, known.userId());
        add(to, APP_ID, known.appId());
        add(to, KEY, message.key() == null ? null : HeaderText.of(message.key()));
        add(to, TIMESTAMP, known.timestampMs() > 0 ? Long.toString(known.timestampMs()) : null);
        add(to, PRIORITY, known.priority() < 0 ? null : Integer.toString(known.priority()));
        add(to, TOMBSTONE, message.body() == null ? "true" : null);
        message.headers().forEach(header -> add(to, header.name(), HeaderText.of(header.value())));
    }

    private static void add(Properties to, String name, @Nullable String value) {
        boolean fits = value != null && fits(name) && fits(value);
        if (fits) {
            to.entries().add(new Entry(Properties.USER_PROPERTY, Map.entry(name, value)));
        }
    }

    /// Whether MQTT can say it: at most 65,535 bytes, and no U+0000.
    static boolean fits(String text) {
        return text.indexOf('\0') < 0 && text.getBytes(UTF_8).length <= 0xffff;
    }
}
