package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import org.pcollections.HashTreePSet;
import org.pcollections.PSet;

/// An exchange with what is bound to it.
record Source(ExchangeSpec spec, Matcher matcher, PSet<Binding> bindings) {
    static Source of(ExchangeSpec spec) {
        return new Source(spec, Matcher.of(spec), HashTreePSet.empty());
    }

    Source with(Binding binding) {
        return bindings.contains(binding)
                ? this
                : new Source(spec, matcher.with(binding), bindings.plus(binding));
    }

    Source without(Binding binding) {
        return bindings.contains(binding)
                ? new Source(spec, matcher.without(binding), bindings.minus(binding))
                : this;
    }
}
