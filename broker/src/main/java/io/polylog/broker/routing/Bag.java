package io.polylog.broker.routing;

import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// A set that remembers how often each element was added, so that removing one of two bindings with
/// the same target keeps the target. Immutable.
///
/// @param only the one element, where there is one: most bags have no more, and to walk through the
///   map costs a routing decision more than all else
record Bag<T>(PMap<T, Integer> counts, @Nullable T only) {
    static <T> Bag<T> empty() {
        return new Bag<>(HashTreePMap.empty(), null);
    }

    private static <T> Bag<T> of(PMap<T, Integer> counts) {
        return new Bag<>(counts, counts.size() == 1 ? counts.keySet().iterator().next() : null);
    }

    Bag<T> with(T element) {
        return of(counts.plus(element, counts.getOrDefault(element, 0) + 1));
    }

    Bag<T> without(T element) {
        int left = counts.getOrDefault(element, 0) - 1;
        return of(left > 0 ? counts.plus(element, left) : counts.minus(element));
    }

    boolean isEmpty() {
        return counts.isEmpty();
    }

    void forEach(Consumer<T> sink) {
        if (only != null) {
            sink.accept(only);
        } else if (!counts.isEmpty()) {
            counts.keySet().forEach(sink);
        }
    }

    Set<T> all() {
        return counts.keySet();
    }
}
