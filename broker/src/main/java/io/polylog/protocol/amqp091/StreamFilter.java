package io.polylog.protocol.amqp091;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which messages of a stream a consumer wants: those whose header `x-stream-filter-value` is one
/// of its argument `x-stream-filter`, and those without one if `x-stream-match-unfiltered` says so.
/// Exact: nothing else is sent, and nobody else need look again. Immutable.
///
/// @param values that pass
/// @param unfiltered whether what has no value passes
record StreamFilter(Set<String> values, boolean unfiltered) {
    private static final String WANTED = "x-stream-filter";
    private static final String UNFILTERED = "x-stream-match-unfiltered";
    private static final String VALUE = "x-stream-filter-value";

    /// What a consumer's arguments ask for, or null: everything.
    static @Nullable StreamFilter of(Map<String, @Nullable Object> arguments) {
        Set<String> values =
                switch (arguments.get(WANTED)) {
                    case String one -> Set.of(one);
                    case List<?> all ->
                            all.stream()
                                    .filter(String.class::isInstance)
                                    .map(String.class::cast)
                                    .collect(Collectors.toUnmodifiableSet());
                    case null, default -> Set.of();
                };
        return arguments.containsKey(WANTED)
                ? new StreamFilter(values, Boolean.TRUE.equals(arguments.get(UNFILTERED)))
                : null;
    }

    /// Whether a message with these headers passes.
    boolean passes(Map<String, @Nullable Object> headers) {
        return headers.get(VALUE) instanceof String value ? values.contains(value) : unfiltered;
    }
}
