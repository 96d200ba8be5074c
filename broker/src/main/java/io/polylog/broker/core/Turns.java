package io.polylog.broker.core;

import java.util.ArrayDeque;
import java.util.Deque;

/// Keeps a session's order where a message is decided in one shard before it is stored in others:
/// what is handed over meanwhile waits, or it would get ahead. On the session's loop.
final class Turns {
    private final Deque<Runnable> waiting = new ArrayDeque<>(0);
    private int holders;

    /// Whether nothing waits.
    boolean areFree() {
        return holders == 0 && waiting.isEmpty();
    }

    /// Runs a task in its turn, perhaps at once.
    void await(Runnable task) {
        if (areFree()) {
            task.run();
        } else {
            waiting.add(task);
        }
    }

    /// From now on tasks wait; until [#release], as often as this was called.
    void hold() {
        holders++;
    }

    void release() {
        holders--;
        while (holders == 0 && !waiting.isEmpty()) {
            waiting.remove().run();
        }
    }
}
