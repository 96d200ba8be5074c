package io.polylog.broker.routing;

import java.util.Set;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// A set that remembers how often each element was added, so that removing one of two bindings with
/// the same target keeps the target. Immutable.
record Bag<T>(PMap<T, Integer> counts) {
    static <T> Bag<T> empty() {
        return new Bag<>(HashTreePMap.empty());
    }

    Bag<T> with(T element) {
        return new Bag<>(counts.plus(element, counts.getOrDefault(element, 0) + 1));
    }

    Bag<T> without(T element) {
        int left = counts.getOrDefault(element, 0) - 1;
        return new Bag<>(left > 0 ? counts.plus(element, left) : counts.minus(element));
    }

    boolean isEmpty() {
        return counts.isEmpty();
    }

    Set<T> all() {
        return counts.keySet();
    }
}
