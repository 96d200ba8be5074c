package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.function.Consumer;

/// By pattern over dot-separated words.
record PatternMatcher(PatternTrie<Target> patterns) implements Matcher {
    static final PatternMatcher EMPTY = new PatternMatcher(PatternTrie.empty());

    @Override
    public Matcher with(Binding binding, Target target) {
        return new PatternMatcher(patterns.with(binding.key(), target));
    }

    @Override
    public Matcher without(Binding binding, Target target) {
        return new PatternMatcher(patterns.without(binding.key(), target));
    }

    @Override
    public boolean byKeysAlone() {
        return true;
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        message.keys().forEach(key -> patterns.match(key, sink));
    }
}
