package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Envelope;
import io.polylog.message.Header;
import io.polylog.message.HeaderText;
import io.polylog.message.Message;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A message as JSON says it, in requests, in answers and, without its body, where it is stored;
/// what is left out is null. `docs/http.md` has the members.
///
/// @param subject where it was published; not said by a sender, who has it in the path
/// @param body the payload where it is text
/// @param bodyBase64 the payload where it is not
/// @param json the payload as any JSON value; of requests only
/// @param tombstone whether its key has no value any more
/// @param delayMs milliseconds that queues hide it; of requests only
record Said(
        @Nullable String subject,
        @Nullable String key,
        @Nullable String keyBase64,
        @Nullable String contentType,
        @Nullable String contentEncoding,
        @Nullable String correlationId,
        @Nullable String replyTo,
        @Nullable String messageId,
        @Nullable String type,
        @Nullable String userId,
        @Nullable String appId,
        @Nullable Long timestampMs,
        @Nullable Long timeToLiveMs,
        @Nullable Integer priority,
        @Nullable Long delayMs,
        @Nullable Map<String, @Nullable Object> headers,
        @Nullable Boolean tombstone,
        @Nullable String body,
        @Nullable String bodyBase64,
        @Nullable JsonNode json) {
    private static final String JSON = "application/json";
    private static final int HIGHEST_PRIORITY = 255;

    // To the neutral message ---------------------------------------------------------------------

    /// The message.
    ///
    /// @param payload of it, or null for none
    /// @throws IllegalArgumentException naming the member that makes no sense
    Message message(String where, @Nullable ByteBuffer payload) {
        return new Message(where, keyBytes(), properties(), neutralHeaders(), payload);
    }

    /// The payload that it says; null for a tombstone.
    ///
    /// @throws IllegalArgumentException where it says none, or several
    @Nullable ByteBuffer payload() {
        boolean none = Boolean.TRUE.equals(tombstone);
        int said = (none ? 1 : 0) + count(body) + count(bodyBase64) + count(json);
        if (said != 1) {
            throw new IllegalArgumentException(
                    "a message has one of body, bodyBase64, json and tombstone, not " + said);
        }
        if (none) {
            return null;
        }
        if (json != null) {
            return ByteBuffer.wrap(Json.bytes(json));
        }
        return ByteBuffer.wrap(
                body == null ? decoded("bodyBase64", bodyBase64) : body.getBytes(UTF_8));
    }

    private static int count(@Nullable Object said) {
        return said == null ? 0 : 1;
    }

    private byte @Nullable [] keyBytes() {
        if (key != null && keyBase64 != null) {
            throw new IllegalArgumentException("a message has key or keyBase64, not both");
        }
        if (keyBase64 != null) {
            return decoded("keyBase64", keyBase64);
        }
        return key == null ? null : key.getBytes(UTF_8);
    }

    private static byte[] decoded(String name, @Nullable String base64) {
        try {
            return Base64.getDecoder().decode(base64 == null ? "" : base64);
        } catch (IllegalArgumentException bad) {
            throw new IllegalArgumentException(name + ": this is no base64", bad);
        }
    }

    private Message.Properties properties() {
        String kind = contentType == null && json != null ? JSON : contentType;
        return new Message.Properties(
                kind,
                contentEncoding,
                correlationId,
                replyTo,
                messageId,
                type,
                userId,
                appId,
                from0("timestampMs", timestampMs, 0, Long.MAX_VALUE),
                from0("timeToLiveMs", timeToLiveMs, -1, Long.MAX_VALUE),
                (int) from0("priority", priority, -1, HIGHEST_PRIORITY));
    }

    private static long from0(String name, @Nullable Number said, long otherwise, long most) {
        if (said == null) {
            return otherwise;
        }
        long number = said.longValue();
        if (number < 0 || number > most) {
            throw new IllegalArgumentException(name + ": " + number + " is out of range");
        }
        return number;
    }

    private List<Header> neutralHeaders() {
        List<Header> all = new ArrayList<>();
        if (headers != null) {
            headers.forEach((name, value) -> all.add(new Header(name, neutral(value))));
        }
        return all;
    }

    /// Of JSON's values only whole numbers of more than 64 bits are not a header's.
    private static @Nullable Object neutral(@Nullable Object value) {
        return switch (value) {
            case BigInteger large -> new BigDecimal(large);
            case List<?> list -> {
                List<@Nullable Object> all = new ArrayList<>(list.size());
                list.forEach(element -> all.add(neutral(element)));
                yield all;
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> all = new LinkedHashMap<>();
                map.forEach((name, element) -> all.put(String.valueOf(name), neutral(element)));
                yield all;
            }
            case null, default -> value;
        };
    }

    /// What the core must know of a message.
    Envelope envelope(Message message) {
        Message.Properties known = message.properties();
        long hiddenMs = from0("delayMs", delayMs, 0, Long.MAX_VALUE);
        Envelope envelope =
                new Envelope(
                        known.timestampMs(),
                        known.timeToLiveMs(),
                        known.priority(),
                        message.key(),
                        message.body() == null);
        return hiddenMs == 0 ? envelope : envelope.delayed(hiddenMs);
    }

    // From the neutral message -------------------------------------------------------------------

    /// What a message says, but for its body.
    static Said head(Message message) {
        return of(message, null, null);
    }

    /// What a message says, with its body.
    static Said of(Message message) {
        ByteBuffer payload = message.body();
        if (payload == null) {
            return head(message);
        }
        byte[] bytes = new byte[payload.remaining()];
        payload.duplicate().get(bytes);
        String text = text(bytes);
        return of(message, text, text == null ? Base64.getEncoder().encodeToString(bytes) : null);
    }

    private static Said of(Message message, @Nullable String body, @Nullable String base64) {
        Message.Properties known = message.properties();
        byte[] key = message.key();
        String keyText = key == null ? null : text(key);
        return new Said(
                message.subject().isEmpty() ? null : message.subject(),
                keyText,
                key == null || keyText != null ? null : Base64.getEncoder().encodeToString(key),
                known.contentType(),
                known.contentEncoding(),
                known.correlationId(),
                known.replyTo(),
                known.messageId(),
                known.type(),
                known.userId(),
                known.appId(),
                known.timestampMs() > 0 ? known.timestampMs() : null,
                known.timeToLiveMs() >= 0 ? known.timeToLiveMs() : null,
                known.priority() >= 0 ? known.priority() : null,
                null,
                shown(message.headers()),
                message.body() == null ? Boolean.TRUE : null,
                body,
                base64,
                null);
    }

    /// A header that repeats becomes an array of its values.
    private static @Nullable Map<String, @Nullable Object> shown(List<Header> headers) {
        Map<String, List<@Nullable Object>> byName = new LinkedHashMap<>();
        for (Header header : headers) {
            byName.computeIfAbsent(header.name(), _ -> new ArrayList<>())
                    .add(shown(header.value()));
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        byName.forEach(
                (name, values) -> all.put(name, values.size() == 1 ? values.get(0) : values));
        return all.isEmpty() ? null : all;
    }

    /// JSON has no bytes and no times.
    private static @Nullable Object shown(@Nullable Object value) {
        return value instanceof byte[] || value instanceof Instant ? HeaderText.of(value) : value;
    }

    private static @Nullable String text(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }
}
