package io.polylog.http;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// How much is made of JSON that others send: a few bytes of it may become objects many times as
/// large. Any thread.
public final class JsonLimits {
    /// Names, values, and beginnings and ends of objects and arrays; a request of 1,000 messages
    /// has 250 for each.
    private static final long MOST_TOKENS = 250_000;

    private JsonLimits() {}

    /// Reads no more than that.
    public static JsonFactory factory() {
        return JsonFactory.builder()
                .streamReadConstraints(
                        StreamReadConstraints.builder().maxTokenCount(MOST_TOKENS).build())
                .build();
    }
}
