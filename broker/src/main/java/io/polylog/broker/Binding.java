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
/// @param filter which messages go this way, and what is made of those that do; of two bindings
///   that differ in it alone each holds for itself
public record Binding(
        String namespace,
        String exchange,
        boolean toExchange,
        String destination,
        String key,
        Map<String, @Nullable Object> match,
        Filter filter) {
    /// Among [#match], where it is true: a topic has the last values of subjects
    /// ([Definitions#lastValues]). Any exchange keeps it, and it matches nothing.
    public static final String LAST_VALUE = "x-last-value";

    /// Of one that everything goes by as it is.
    public Binding(
            String namespace,
            String exchange,
            boolean toExchange,
            String destination,
            String key,
            Map<String, @Nullable Object> match) {
        this(namespace, exchange, toExchange, destination, key, match, Filter.NONE);
    }

    /// Whether its destination has the last values of what it leads there.
    public boolean isOfLastValues() {
        return !toExchange && filter.isPlain() && Boolean.TRUE.equals(match.get(LAST_VALUE));
    }
}
