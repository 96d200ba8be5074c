package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// To all, whatever the key.
record FanoutMatcher(Targets targets) implements Matcher {
    static final FanoutMatcher EMPTY = new FanoutMatcher(Targets.NONE);

    @Override
    public Matcher with(Binding binding) {
        return new FanoutMatcher(targets.with(Matcher.target(binding)));
    }

    @Override
    public Matcher without(Binding binding) {
        return new FanoutMatcher(targets.without(Matcher.target(binding)));
    }

    @Override
    public void match(
            String key, Supplier<Map<String, @Nullable Object>> headers, Consumer<Target> sink) {
        targets.all().forEach(sink);
    }
}
