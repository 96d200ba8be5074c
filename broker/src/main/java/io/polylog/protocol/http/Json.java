package io.polylog.protocol.http;

import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.polylog.http.Refusal;
import io.polylog.http.Status;
import io.polylog.http.StrictJson;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON as it is said here: nothing is taken for what it is not, and an error names the place. Any
/// thread.
final class Json {
    private static final TypeReference<LinkedHashMap<String, @Nullable Object>> MEMBERS =
            new TypeReference<>() {};

    private static final JsonMapper MAPPER =
            StrictJson.MAPPER
                    .rebuild()
                    .changeDefaultPropertyInclusion(
                            inclusion -> inclusion.withValueInclusion(Include.NON_NULL))
                    .build();

    private static final String HINT = "see docs/http.md";

    private Json() {}

    /// What a request's body says.
    ///
    /// @throws Refusal 400 naming where it makes no sense
    static <T> T asked(byte[] body, Class<T> type) {
        return StrictJson.asked(body, type, HINT);
    }

    /// A number in an object that makes no sense otherwise; null where there is none.
    static @Nullable Long number(byte[] object, String member) {
        try {
            JsonNode said = MAPPER.readTree(object).get(member);
            return said != null && said.canConvertToLong() && said.isIntegralNumber()
                    ? said.longValue()
                    : null;
        } catch (JacksonException bad) {
            return null;
        }
    }

    /// What was written by [#bytes].
    ///
    /// @throws IllegalArgumentException where it was not
    static <T> T stored(byte[] bytes, Class<T> type) {
        try {
            return MAPPER.readValue(bytes, type);
        } catch (JacksonException bad) {
            throw new IllegalArgumentException("stored HTTP message is damaged", bad);
        }
    }

    /// What a text says that is known to be JSON.
    static JsonNode tree(String text) {
        return MAPPER.readTree(text);
    }

    static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    /// The members of a record that are not null, in order.
    static Map<String, @Nullable Object> members(Object value) {
        return MAPPER.convertValue(value, MEMBERS);
    }

    static Refusal invalid(String why) {
        return new Refusal(Status.BAD_REQUEST, "INVALID", why, HINT);
    }
}
