package io.polylog.protocol.webhook;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/// JSON as operators say it and as definitions are kept. Stateless; any thread.
final class HookJson {
    private static final JsonMapper STRICT =
            JsonMapper.builder()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .build();

    /// What a later version adds is not for this one.
    private static final JsonMapper STORED =
            JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private HookJson() {}

    /// What an operator says.
    ///
    /// @throws IllegalArgumentException saying what makes no sense
    static Asked asked(byte[] body) {
        try {
            Asked said = STRICT.readValue(body, Asked.class);
            if (said == null) {
                throw new IllegalArgumentException("the body is null and not an object");
            }
            return said;
        } catch (JacksonException bad) {
            throw new IllegalArgumentException(bad.getOriginalMessage(), bad);
        }
    }

    /// A record of the store.
    static byte[] stored(HookStore.Kept kept) {
        return STORED.writeValueAsBytes(kept);
    }

    /// What was kept.
    ///
    /// @throws IllegalArgumentException where it is damaged
    static HookStore.Kept kept(byte[] stored) {
        try {
            return STORED.readValue(stored, HookStore.Kept.class);
        } catch (JacksonException bad) {
            throw new IllegalArgumentException("a stored webhook is damaged", bad);
        }
    }
}
