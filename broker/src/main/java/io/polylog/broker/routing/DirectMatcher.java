package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.function.Consumer;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// By equal key.
record DirectMatcher(PMap<String, Targets> byKey) implements Matcher {
    static final DirectMatcher EMPTY = new DirectMatcher(HashTreePMap.empty());

    @Override
    public Matcher with(Binding binding) {
        Targets there = byKey.getOrDefault(binding.key(), Targets.NONE);
        return new DirectMatcher(byKey.plus(binding.key(), there.with(Matcher.target(binding))));
    }

    @Override
    public Matcher without(Binding binding) {
        Targets left =
                byKey.getOrDefault(binding.key(), Targets.NONE).without(Matcher.target(binding));
        return new DirectMatcher(
                left.isEmpty() ? byKey.minus(binding.key()) : byKey.plus(binding.key(), left));
    }

    @Override
    public boolean byKeysAlone() {
        return true;
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        for (String key : message.keys()) {
            byKey.getOrDefault(key, Targets.NONE).all().forEach(sink);
        }
    }
}
