package io.polylog.protocol.mqtt;

import java.util.HashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Where the retained message of each topic lies, by the levels of topics. One thread.
final class RetainedTrie {
    private static final long NONE = -1;

    private final Node root = new Node();

    private static final class Node {
        final Map<String, Node> next = new HashMap<>(2);
        long offset = NONE;

        boolean isEmpty() {
            return offset == NONE && next.isEmpty();
        }
    }

    void put(String topic, long offset) {
        Node node = root;
        for (String level : topic.split("/", -1)) {
            node = node.next.computeIfAbsent(level, _ -> new Node());
        }
        node.offset = offset;
    }

    void remove(String topic) {
        remove(root, topic.split("/", -1), 0);
    }

    private static void remove(Node node, String[] levels, int at) {
        if (at == levels.length) {
            node.offset = NONE;
            return;
        }
        Node child = node.next.get(levels[at]);
        if (child != null) {
            remove(child, levels, at + 1);
            if (child.isEmpty()) {
                node.next.remove(levels[at]);
            }
        }
    }

    /// The offsets of the topics that a filter fits, in no order.
    void match(String filter, LongConsumer sink) {
        match(root, filter.split("/", -1), 0, sink);
    }

    private static void match(@Nullable Node node, String[] levels, int at, LongConsumer sink) {
        if (node == null) {
            return;
        }
        if (at == levels.length) {
            if (node.offset != NONE) {
                sink.accept(node.offset);
            }
            return;
        }
        switch (levels[at]) {
            case "#" -> all(node, at == 0, sink);
            case "+" ->
                    node.next.forEach((level, child) -> {
                        if (at > 0 || !level.startsWith("$")) {
                            match(child, levels, at + 1, sink);
                        }
                    });
            default -> match(node.next.get(levels[at]), levels, at + 1, sink);
        }
    }

    private static void all(Node node, boolean first, LongConsumer sink) {
        if (node.offset != NONE) {
            sink.accept(node.offset);
        }
        node.next.forEach((level, child) -> {
            if (!first || !level.startsWith("$")) {
                all(child, false, sink);
            }
        });
    }
}
