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
    ///
    /// @param target what it leads to
    Matcher with(Binding binding, Target target);

    /// This matcher with one binding less; it was there.
    ///
    /// @param target what it led to
    Matcher without(Binding binding, Target target);

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
}
