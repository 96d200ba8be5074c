package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.function.Consumer;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// By equal key.
record DirectMatcher(PMap<String, Bag<Target>> byKey) implements Matcher {
    static final DirectMatcher EMPTY = new DirectMatcher(HashTreePMap.empty());

    @Override
    public Matcher with(Binding binding, Target target) {
        Bag<Target> there = byKey.getOrDefault(binding.key(), Bag.empty());
        return new DirectMatcher(byKey.plus(binding.key(), there.with(target)));
    }

    @Override
    public Matcher without(Binding binding, Target target) {
        Bag<Target> left = byKey.getOrDefault(binding.key(), Bag.empty()).without(target);
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
            byKey.getOrDefault(key, Bag.empty()).forEach(sink);
        }
    }
}
