package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.routing.Target.Condition;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/// An exchange with what is bound to it.
///
/// @param conditions those of its bindings that have a filter or make something of messages
/// @param alternate where what nobody takes goes on to, or null
record Source(
        ExchangeSpec spec,
        Matcher matcher,
        PSet<Binding> bindings,
        PMap<Binding, Condition> conditions,
        @Nullable String alternate) {
    static Source of(ExchangeSpec spec) {
        return new Source(
                spec,
                Matcher.of(spec),
                HashTreePSet.empty(),
                HashTreePMap.empty(),
                spec.alternate());
    }

    Source with(@Nullable String otherAlternate) {
        return new Source(spec, matcher, bindings, conditions, otherAlternate);
    }

    Source with(Binding binding) {
        if (bindings.contains(binding)) {
            return this;
        }
        boolean plain = binding.filter().isPlain();
        Condition condition = plain ? null : new Condition(binding.filter(), nextNumber());
        return new Source(
                spec,
                matcher.with(binding, target(binding, condition)),
                bindings.plus(binding),
                condition == null ? conditions : conditions.plus(binding, condition),
                alternate);
    }

    Source without(Binding binding) {
        return bindings.contains(binding)
                ? new Source(
                        spec,
                        matcher.without(binding, target(binding, conditions.get(binding))),
                        bindings.minus(binding),
                        conditions.minus(binding),
                        alternate)
                : this;
    }

    private static Target target(Binding binding, @Nullable Condition condition) {
        return new Target(binding.toExchange(), binding.destination(), condition);
    }

    private int nextNumber() {
        return 1 + conditions.values().stream().mapToInt(Condition::number).max().orElse(0);
    }
}
