package io.polylog.broker;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Leads from an exchange to a topic, a queue or another exchange.
///
/// @param namespace of both ends
/// @param exchange the source
/// @param toExchange whether the destination is an exchange
/// @param destination name of a topic, queue or exchange
/// @param key routing key or pattern
/// @param match header values to match (headers exchange): `x-match` is `all` (default), `any`,
///   `all-with-x` or `any-with-x`; values as in [io.polylog.message.Header]
public record Binding(
        String namespace,
        String exchange,
        boolean toExchange,
        String destination,
        String key,
        Map<String, @Nullable Object> match) {
    /// Among [#match], where it is true: a topic has the last values of subjects
    /// ([Definitions#lastValues]). Any exchange keeps it, and it matches nothing.
    public static final String LAST_VALUE = "x-last-value";

    /// Whether its destination has the last values of what it leads there.
    public boolean isOfLastValues() {
        return !toExchange && Boolean.TRUE.equals(match.get(LAST_VALUE));
    }
}
