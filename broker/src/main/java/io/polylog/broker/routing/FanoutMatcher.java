package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.function.Consumer;

/// To all, whatever the key.
record FanoutMatcher(Bag<Target> targets) implements Matcher {
    static final FanoutMatcher EMPTY = new FanoutMatcher(Bag.empty());

    @Override
    public Matcher with(Binding binding, Target target) {
        return new FanoutMatcher(targets.with(target));
    }

    @Override
    public Matcher without(Binding binding, Target target) {
        return new FanoutMatcher(targets.without(target));
    }

    @Override
    public boolean byKeysAlone() {
        return true;
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        targets.forEach(sink);
    }
}
