package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePSet;
import org.pcollections.PSet;

/// An exchange with what is bound to it.
///
/// @param alternate where what nobody takes goes on to, or null
record Source(
        ExchangeSpec spec, Matcher matcher, PSet<Binding> bindings, @Nullable String alternate) {
    static Source of(ExchangeSpec spec) {
        return new Source(spec, Matcher.of(spec), HashTreePSet.empty(), spec.alternate());
    }

    Source with(@Nullable String otherAlternate) {
        return new Source(spec, matcher, bindings, otherAlternate);
    }

    Source with(Binding binding) {
        return bindings.contains(binding)
                ? this
                : new Source(spec, matcher.with(binding), bindings.plus(binding), alternate);
    }

    Source without(Binding binding) {
        return bindings.contains(binding)
                ? new Source(spec, matcher.without(binding), bindings.minus(binding), alternate)
                : this;
    }
}
