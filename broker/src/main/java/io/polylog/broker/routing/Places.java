package io.polylog.broker.routing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Places of a trie that some words lead to, each once, in the order found. While they are few they
/// are compared one by one, which is cheaper than a table; a trie made to lead to many gets one.
final class Places<P> {
    private static final int FEW = 16;

    private final List<P> all = new ArrayList<>(4);
    private Set<P> table = Set.of();

    /// Adds a place.
    ///
    /// @return whether it is new
    boolean add(P place) {
        boolean fresh = all.size() < FEW ? !isListed(place) : table().add(place);
        if (fresh) {
            all.add(place);
        }
        return fresh;
    }

    List<P> all() {
        return all;
    }

    @SuppressWarnings("ReferenceEquality") // a place is itself and nothing else
    private boolean isListed(P place) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i) == place) {
                return true;
            }
        }
        return false;
    }

    private Set<P> table() {
        if (table.isEmpty()) {
            table = Collections.newSetFromMap(new IdentityHashMap<>(4 * FEW));
            table.addAll(all);
        }
        return table;
    }
}
