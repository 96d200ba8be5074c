package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import java.util.function.Consumer;

/// How one exchange finds the targets of a message. Immutable.
sealed interface Matcher
        permits DirectMatcher,
                FanoutMatcher,
                PatternMatcher,
                HeadersMatcher,
                HashMatcher,
                ModulusMatcher,
                RandomMatcher {
    /// This matcher with one more binding.
    Matcher with(Binding binding);

    /// This matcher with one binding less; it was there.
    Matcher without(Binding binding);

    /// Hands each target of a message to `sink`, perhaps more than once.
    void match(Lookup message, Consumer<Target> sink);

    /// Whether messages with equal keys have equal targets: then a route may be kept.
    boolean byKeysAlone();

    static Matcher of(ExchangeSpec spec) {
        return switch (spec.kind()) {
            case DIRECT -> DirectMatcher.EMPTY;
            case FANOUT -> FanoutMatcher.EMPTY;
            case TOPIC -> PatternMatcher.EMPTY;
            case HEADERS -> HeadersMatcher.EMPTY;
            case HASH -> HashMatcher.on(spec.hashOn());
            case MODULUS -> ModulusMatcher.EMPTY;
            case RANDOM -> RandomMatcher.EMPTY;
        };
    }

    static Target target(Binding binding) {
        return new Target(binding.toExchange(), binding.destination());
    }
}
