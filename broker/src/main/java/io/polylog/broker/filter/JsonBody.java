package io.polylog.broker.filter;

import dev.cel.common.values.NullValue;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Bodies as JSON. Any thread.
final class JsonBody {
    static final Object NULL = NullValue.NULL_VALUE;

    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_LONG_FOR_INTS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private JsonBody() {}

    /// As texts, numbers, truths, [#NULL], lists and maps of those.
    ///
    /// @throws IllegalArgumentException if it is no JSON
    static Object parse(byte[] body) {
        @Nullable Object value;
        try {
            value = MAPPER.readValue(body, Object.class);
        } catch (JacksonException _) {
            throw new IllegalArgumentException("the body is no JSON");
        }
        return CelFields.comparable(value);
    }
}
