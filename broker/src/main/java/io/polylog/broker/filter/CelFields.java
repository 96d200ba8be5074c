package io.polylog.broker.filter;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cel.runtime.CelVariableResolver;
import io.polylog.broker.Publication.Metadata;
import io.polylog.message.Message.Properties;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What an expression in CEL may name of a message; opened when asked. Used by one thread, for one
/// message.
final class CelFields implements CelVariableResolver {
    static final String SUBJECT = "subject";
    static final String KEY = "key";
    static final String HEADERS = "headers";
    static final String CONTENT_TYPE = "contentType";
    static final String MESSAGE_ID = "messageId";
    static final String CORRELATION_ID = "correlationId";
    static final String TYPE = "type";
    static final String PRIORITY = "priority";
    static final String TIMESTAMP_MS = "timestampMs";
    static final String BODY = "body";
    static final String JSON = "json";

    /// A body that is longer is none for an expression.
    static final int MOST_BODY_BYTES = 64 << 10;

    /// What headers may hold, about.
    private static final int HEADERS_CHARS = 4_096;

    private final Metadata message;
    private final Map<String, Object> known = new HashMap<>(4);
    private int bodyChars;

    CelFields(Metadata message) {
        this.message = message;
    }

    /// How large what was opened of the message is, in characters: a bound on what it costs to look
    /// at all of it.
    int structureChars() {
        return HEADERS_CHARS + bodyChars;
    }

    /// @throws IllegalArgumentException if the body is asked for and too long, or no JSON
    @Override
    public Optional<Object> find(String name) {
        Object value = known.get(name);
        if (value == null) {
            value = open(name);
            if (value != null) {
                known.put(name, value);
            }
        }
        return Optional.ofNullable(value);
    }

    private @Nullable Object open(String name) {
        return switch (name) {
            case SUBJECT -> message.subject();
            case KEY -> text(message.key());
            case HEADERS -> headers(message.headers());
            case CONTENT_TYPE -> text(properties().contentType());
            case MESSAGE_ID -> text(properties().messageId());
            case CORRELATION_ID -> text(properties().correlationId());
            case TYPE -> text(properties().type());
            case PRIORITY -> (long) properties().priority();
            case TIMESTAMP_MS -> properties().timestampMs();
            case BODY -> text(body());
            case JSON -> JsonBody.parse(body());
            default -> null; // a variable of the expression's own
        };
    }

    private Properties properties() {
        return message.properties();
    }

    private byte[] body() {
        ByteBuffer body = message.body();
        if (body == null) {
            return new byte[0];
        }
        if (body.remaining() > MOST_BODY_BYTES) {
            throw new IllegalArgumentException(
                    "the body has more than %d bytes".formatted(MOST_BODY_BYTES));
        }
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        bodyChars = bytes.length;
        return bytes;
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "" : new String(bytes, UTF_8);
    }

    private static Map<String, Object> headers(Map<String, @Nullable Object> headers) {
        Map<String, Object> known = new HashMap<>();
        headers.forEach((name, value) -> known.put(name, comparable(value)));
        return known;
    }

    /// A header's value as one of the language's.
    static Object comparable(@Nullable Object value) {
        return switch (value) {
            case null -> JsonBody.NULL;
            case String text -> text;
            case Boolean truth -> truth;
            case Float number -> number.doubleValue();
            case Double number -> number;
            case BigDecimal decimal -> decimal.doubleValue();
            case Number number -> number.longValue();
            case Instant time -> time;
            case byte[] bytes -> new String(bytes, UTF_8);
            case List<?> list -> {
                List<Object> all = new ArrayList<>(list.size());
                list.forEach(each -> all.add(comparable(each)));
                yield all;
            }
            case Map<?, ?> map -> {
                Map<String, Object> all = new HashMap<>();
                map.forEach((name, each) -> all.put(String.valueOf(name), comparable(each)));
                yield all;
            }
            default -> value.toString();
        };
    }
}
