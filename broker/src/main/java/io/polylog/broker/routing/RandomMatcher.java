package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.io.Entropy;
import java.util.function.Consumer;

/// To one target, whichever.
record RandomMatcher(SortedTargets targets) implements Matcher {
    static final RandomMatcher EMPTY = new RandomMatcher(SortedTargets.NONE);

    @Override
    public Matcher with(Binding binding, Target target) {
        return new RandomMatcher(targets.with(target));
    }

    @Override
    public Matcher without(Binding binding, Target target) {
        return new RandomMatcher(targets.without(target));
    }

    @Override
    public boolean byKeysAlone() {
        return targets.size() < 2;
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        Entropy entropy = message.entropy();
        if (entropy == null) {
            targets.sorted().forEach(sink);
        } else if (!targets.isEmpty()) {
            sink.accept(targets.get(entropy.below(targets.size())));
        }
    }
}
