package io.polylog.broker.routing;

import java.util.Set;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// A set of targets that remembers how many bindings lead to each, so that removing one of two
/// bindings with the same target keeps the target.
record Targets(PMap<Target, Integer> counts) {
    static final Targets NONE = new Targets(HashTreePMap.empty());

    Targets with(Target target) {
        return new Targets(counts.plus(target, counts.getOrDefault(target, 0) + 1));
    }

    Targets without(Target target) {
        int left = counts.getOrDefault(target, 0) - 1;
        return new Targets(left > 0 ? counts.plus(target, left) : counts.minus(target));
    }

    boolean isEmpty() {
        return counts.isEmpty();
    }

    Set<Target> all() {
        return counts.keySet();
    }
}
