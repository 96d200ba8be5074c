package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Envelope;
import io.polylog.calendar.Durations;
import io.polylog.message.Header;
import io.polylog.message.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The headers by which a NATS message carries what the neutral message has fields for, whatever
/// the case of their names. The first of such a name is the field; a further one, or one whose
/// value does not fit, stays a user header. Those of one message; one thread.
final class FieldHeaders {
    static final String CONTENT_TYPE = "Content-Type";
    static final String CONTENT_ENCODING = "Content-Encoding";
    static final String CORRELATION_ID = "Correlation-Id";
    static final String MESSAGE_ID = "Nats-Msg-Id";
    static final String TIME_TO_LIVE = "Nats-TTL";
    static final String TYPE = "Type";
    static final String USER_ID = "User-Id";
    static final String APP_ID = "App-Id";
    static final String TIMESTAMP = "Timestamp";
    static final String PRIORITY = "Priority";
    static final String KEY = "Key";
    static final String TOMBSTONE = "Tombstone";

    private static final Set<String> TEXTS =
            ignoringCase(
                    CONTENT_TYPE,
                    CONTENT_ENCODING,
                    CORRELATION_ID,
                    MESSAGE_ID,
                    TYPE,
                    USER_ID,
                    APP_ID,
                    KEY);
    private static final int MOST_PRIORITY = 255;

    private final Map<String, String> texts = new HashMap<>(0);
    private final List<Header> others = new ArrayList<>(0);
    private long timestampMs;
    private long timeToLiveMs = -1;
    private boolean lasting;
    private int priority = -1;
    private boolean tombstone;

    private FieldHeaders() {}

    private static Set<String> ignoringCase(String... names) {
        Set<String> all = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        all.addAll(List.of(names));
        return all;
    }

    static FieldHeaders of(NatsHeaders headers) {
        FieldHeaders fields = new FieldHeaders();
        for (NatsHeaders.Field field : headers.fields()) {
            if (!fields.isKnown(field.name(), field.value())) {
                fields.others.add(new Header(NatsHeaders.neutral(field.name()), field.value()));
            }
        }
        return fields;
    }

    private boolean isKnown(String name, String value) {
        if (TEXTS.contains(name)) {
            return texts.putIfAbsent(folded(name), value) == null;
        }
        return switch (folded(name)) {
            case "timestamp" -> {
                long ms = number(value, Long.MAX_VALUE);
                boolean first = timestampMs == 0 && ms > 0;
                timestampMs = first ? ms : timestampMs;
                yield first;
            }
            case "nats-ttl" -> {
                lasting |= value.equalsIgnoreCase("never");
                long ms = Durations.ms(value);
                boolean first = timeToLiveMs < 0 && ms >= 0;
                timeToLiveMs = first ? ms : timeToLiveMs;
                yield first;
            }
            case "priority" -> {
                long level = number(value, MOST_PRIORITY);
                boolean first = priority < 0 && level >= 0;
                priority = first ? (int) level : priority;
                yield first;
            }
            case "tombstone" -> {
                boolean first = !tombstone && value.equals("true");
                tombstone |= first;
                yield first;
            }
            default -> false;
        };
    }

    private static String folded(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /// The number from 0 that a text is, or -1.
    private static long number(String text, long most) {
        try {
            long number = Long.parseLong(text);
            return number >= 0 && number <= most ? number : -1;
        } catch (NumberFormatException none) {
            return -1;
        }
    }

    private @Nullable String text(String name) {
        return texts.get(folded(name));
    }

    byte @Nullable [] key() {
        String key = text(KEY);
        return key == null ? null : key.getBytes(UTF_8);
    }

    boolean isTombstone() {
        return tombstone;
    }

    /// The milliseconds that it may wait, as the core has it: no time is none.
    long lifetimeMs() {
        return lasting ? Envelope.FOREVER : timeToLiveMs == 0 ? -1 : timeToLiveMs;
    }

    Message.Properties properties(@Nullable String replyTo) {
        return new Message.Properties(
                text(CONTENT_TYPE),
                text(CONTENT_ENCODING),
                text(CORRELATION_ID),
                replyTo,
                text(MESSAGE_ID),
                text(TYPE),
                text(USER_ID),
                text(APP_ID),
                timestampMs,
                timeToLiveMs,
                priority);
    }

    /// What is no field, in the sender's order.
    List<Header> others() {
        return others;
    }
}
