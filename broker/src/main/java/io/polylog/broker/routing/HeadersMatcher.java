package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePSet;
import org.pcollections.PSet;

/// By header values, as [HeaderMatch] says.
record HeadersMatcher(PSet<Binding> bindings) implements Matcher {
    static final HeadersMatcher EMPTY = new HeadersMatcher(HashTreePSet.empty());

    @Override
    public Matcher with(Binding binding) {
        return new HeadersMatcher(bindings.plus(binding));
    }

    @Override
    public Matcher without(Binding binding) {
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
        for (Binding binding : bindings) {
            if (new HeaderMatch(binding.match()).matches(given)) {
                sink.accept(Matcher.target(binding));
            }
        }
    }
}
