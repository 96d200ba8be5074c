package io.polylog.io.sim;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The names in one simulated directory: as they are seen, as they are on the medium, and the
/// operations between the two.
final class SimDirectory {
    private sealed interface Change {}

    private record Create(String name, SimNode node) implements Change {}

    private record Delete(String name) implements Change {}

    private record Rename(String from, String to, SimNode node) implements Change {}

    private final TreeMap<String, SimNode> seen = new TreeMap<>();
    private final TreeMap<String, SimNode> durable = new TreeMap<>();
    private final List<Change> unsynced = new ArrayList<>();

    List<String> names() {
        return List.copyOf(seen.keySet());
    }

    Iterable<SimNode> nodes() {
        return seen.values();
    }

    @Nullable SimNode find(String name) {
        return seen.get(name);
    }

    SimNode create(String name) {
        SimNode node = new SimNode();
        seen.put(name, node);
        unsynced.add(new Create(name, node));
        return node;
    }

    void delete(String name) {
        seen.remove(name);
        unsynced.add(new Delete(name));
    }

    void rename(String from, String to, SimNode node) {
        seen.remove(from);
        seen.put(to, node);
        unsynced.add(new Rename(from, to, node));
    }

    void sync() {
        unsynced.forEach(this::settle);
        unsynced.clear();
    }

    /// Only the medium is left, with those of the unsynced operations that happened to get there.
    void losePower(Survival survival) {
        for (Change change : unsynced) {
            if (survival.keeps()) {
                settle(change);
            }
        }
        unsynced.clear();
        seen.clear();
        seen.putAll(durable);
        durable.values().forEach(node -> node.losePower(survival));
    }

    /// @param copies of each node, so that a node under several names stays one
    SimDirectory copy(IdentityHashMap<SimNode, SimNode> copies) {
        SimDirectory copy = new SimDirectory();
        seen.forEach((name, node) -> copy.seen.put(name, copied(node, copies)));
        durable.forEach((name, node) -> copy.durable.put(name, copied(node, copies)));
        for (Change change : unsynced) {
            copy.unsynced.add(
                    switch (change) {
                        case Create made -> new Create(made.name, copied(made.node, copies));
                        case Delete delete -> delete;
                        case Rename moved ->
                                new Rename(moved.from, moved.to, copied(moved.node, copies));
                    });
        }
        return copy;
    }

    private static SimNode copied(SimNode node, Map<SimNode, SimNode> copies) {
        return copies.computeIfAbsent(node, SimNode::copy);
    }

    private void settle(Change change) {
        switch (change) {
            case Create made -> place(made.name, made.node);
            case Delete delete -> durable.remove(delete.name);
            case Rename moved -> {
                durable.remove(moved.from);
                place(moved.to, moved.node);
            }
        }
    }

    /// A node has one name: an earlier rename of it that was lost counts as done.
    private void place(String name, SimNode node) {
        durable.values().removeIf(node::equals);
        durable.put(name, node);
    }
}
