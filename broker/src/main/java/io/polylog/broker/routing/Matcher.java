package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How one exchange finds the targets of a message. Immutable.
sealed interface Matcher permits DirectMatcher, FanoutMatcher, PatternMatcher, HeadersMatcher {
    /// This matcher with one more binding.
    Matcher with(Binding binding);

    /// This matcher with one binding less; it was there.
    Matcher without(Binding binding);

    /// Hands each target of a message to `sink`, perhaps more than once.
    void match(String key, Supplier<Map<String, @Nullable Object>> headers, Consumer<Target> sink);

    static Matcher of(ExchangeSpec.Kind kind) {
        return switch (kind) {
            case DIRECT -> DirectMatcher.EMPTY;
            case FANOUT -> FanoutMatcher.EMPTY;
            case TOPIC -> PatternMatcher.EMPTY;
            case HEADERS -> HeadersMatcher.EMPTY;
        };
    }

    static Target target(Binding binding) {
        return new Target(binding.toExchange(), binding.destination());
    }
}
