package io.polylog.io.sim;

import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// The directories of a simulated disk. Directories themselves are durable as soon as they are
/// made.
final class SimTree {
    private final Map<Path, SimDirectory> directories = new TreeMap<>();

    void make(Path directory) {
        for (Path at = directory.normalize(); at != null; at = at.getParent()) {
            directories.computeIfAbsent(at, missing -> new SimDirectory());
        }
    }

    List<String> names(Path path) throws NoSuchFileException {
        TreeSet<String> names = new TreeSet<>(directory(path).names());
        for (Path other : directories.keySet()) {
            if (path.normalize().equals(other.getParent())) {
                names.add(name(other));
            }
        }
        return List.copyOf(names);
    }

    boolean exists(Path path) {
        SimDirectory parent = directories.get(path.normalize().getParent());
        return directories.containsKey(path.normalize())
                || (parent != null && parent.find(name(path)) != null);
    }

    SimDirectory directory(Path path) throws NoSuchFileException {
        SimDirectory directory = directories.get(path.normalize());
        if (directory == null) {
            throw new NoSuchFileException(path.toString());
        }
        return directory;
    }

    SimDirectory parent(Path path) throws NoSuchFileException {
        return directory(path.normalize().getParent());
    }

    SimNode existing(Path path) throws NoSuchFileException {
        SimNode node = parent(path).find(name(path));
        if (node == null) {
            throw new NoSuchFileException(path.toString());
        }
        return node;
    }

    static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    long usedBytes() {
        long used = 0;
        for (SimDirectory directory : directories.values()) {
            for (SimNode node : directory.nodes()) {
                used += node.allocatedBytes();
            }
        }
        return used;
    }

    void losePower(Survival survival) {
        directories.values().forEach(directory -> directory.losePower(survival));
    }

    SimTree copy() {
        SimTree copy = new SimTree();
        IdentityHashMap<SimNode, SimNode> nodes = new IdentityHashMap<>();
        directories.forEach((path, names) -> copy.directories.put(path, names.copy(nodes)));
        return copy;
    }
}
