package io.polylog.protocol.webhook;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// JSON as definitions are kept. Stateless; any thread.
final class HookJson {
    /// What a later version adds is not for this one.
    private static final JsonMapper STORED =
            JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private HookJson() {}

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
