package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// By header values, as [HeaderMatch] says.
record HeadersMatcher(PMap<Binding, Target> bindings) implements Matcher {
    static final HeadersMatcher EMPTY = new HeadersMatcher(HashTreePMap.empty());

    @Override
    public Matcher with(Binding binding, Target target) {
        return new HeadersMatcher(bindings.plus(binding, target));
    }

    @Override
    public Matcher without(Binding binding, Target target) {
        return new HeadersMatcher(bindings.minus(binding));
    }

    @Override
    public boolean byKeysAlone() {
        return bindings.isEmpty();
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        if (bindings.isEmpty()) {
            return;
        }
        Map<String, @Nullable Object> given = message.metadata().headers();
        bindings.forEach((binding, target) -> {
            if (new HeaderMatch(binding.match()).matches(given)) {
                sink.accept(target);
            }
        });
    }
}
