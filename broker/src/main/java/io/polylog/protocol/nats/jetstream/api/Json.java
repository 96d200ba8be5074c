package io.polylog.protocol.nats.jetstream.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// JSON as JetStream's requests and responses have it. Stateless; any thread.
public final class Json {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    /// What Go has where there is no time.
    public static final String NO_TIME = "0001-01-01T00:00:00Z";

    private Json() {}

    /// The object that a payload is; an empty one where nothing came.
    ///
    /// @throws ApiException with Go's words where it is none
    public static ObjectNode read(byte[] payload) {
        if (new String(payload, UTF_8).isBlank()) {
            return MAPPER.createObjectNode();
        }
        try {
            if (MAPPER.readTree(payload) instanceof ObjectNode object) {
                return object;
            }
        } catch (JacksonException wrong) {
            throw ApiError.INVALID_JSON.of(syntax(payload, wrong.getLocation()));
        }
        throw ApiError.INVALID_JSON.of("json: cannot unmarshal into Go value of type an object");
    }

    /// Go's words for the octet at which it is no JSON any more.
    private static String syntax(byte[] payload, TokenStreamLocation where) {
        long at = where == null ? -1 : where.getByteOffset();
        if (at < 0 || at >= payload.length) {
            return "unexpected end of JSON input at offset " + payload.length;
        }
        return "invalid character '%c' looking for beginning of value at offset %d"
                .formatted((char) (payload[(int) at] & 0xff), at);
    }

    public static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    public static JsonNode node(Object value) {
        return MAPPER.valueToTree(value);
    }

    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /// A time of ours, in UTC.
    public static String time(long ms) {
        return Instant.ofEpochMilli(ms).toString();
    }

    /// Whether a text is a time.
    public static boolean isTime(String time) {
        return ms(time) != -1;
    }

    /// Milliseconds since 1970, or -1 where it is no time.
    public static long ms(String time) {
        try {
            return Instant.parse(time).toEpochMilli();
        } catch (DateTimeParseException none) {
            return -1;
        }
    }
}
