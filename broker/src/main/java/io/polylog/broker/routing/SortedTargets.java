package io.polylog.broker.routing;

import java.util.Collections;
import java.util.Comparator;
import org.pcollections.PVector;
import org.pcollections.TreePVector;

/// Targets in an order of their own, each once, however they came; to choose one by its number.
record SortedTargets(Bag<Target> targets, PVector<Target> sorted) {
    static final SortedTargets NONE = new SortedTargets(Bag.empty(), TreePVector.empty());

    static final Comparator<Target> ORDER =
            Comparator.comparing(Target::name).thenComparing(Target::exchange);

    SortedTargets with(Target target) {
        int at = Collections.binarySearch(sorted, target, ORDER);
        return new SortedTargets(targets.with(target), at < 0 ? sorted.plus(~at, target) : sorted);
    }

    SortedTargets without(Target target) {
        Bag<Target> left = targets.without(target);
        boolean stays = left.all().contains(target);
        return new SortedTargets(left, stays ? sorted : sorted.minus(target));
    }

    boolean isEmpty() {
        return sorted.isEmpty();
    }

    int size() {
        return sorted.size();
    }

    Target get(int number) {
        return sorted.get(number);
    }
}
