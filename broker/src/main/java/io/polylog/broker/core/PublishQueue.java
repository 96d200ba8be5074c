package io.polylog.broker.core;

import io.polylog.broker.live.LiveOutlet;
import java.util.ArrayDeque;
import java.util.Deque;

/// A session's publishes that are not decided yet, in the order they were handed over: they are
/// answered in it, and their second stages begin in it. On the session's loop.
final class PublishQueue {
    private final Deque<Decision> undecided = new ArrayDeque<>(0);
    private final Deque<Decision> seconds = new ArrayDeque<>(0);
    private final Deque<Barrier> barriers = new ArrayDeque<>(0);
    private final LiveOutlet outlet;
    private long added;
    private long answered;
    private boolean advancing;

    private record Barrier(long after, Runnable task) {}

    /// @param outlet nothing is answered while it is full
    PublishQueue(LiveOutlet outlet) {
        this.outlet = outlet;
    }

    void add(Decision decision) {
        added++;
        undecided.add(decision);
        if (decision.hasSecond()) {
            seconds.add(decision);
        }
    }

    boolean isEmpty() {
        return undecided.isEmpty();
    }

    /// Runs a task when everything added so far is decided, perhaps at once.
    void afterAll(Runnable task) {
        if (undecided.isEmpty()) {
            task.run();
        } else {
            barriers.add(new Barrier(added, task));
        }
    }

    /// Some decision got further. What listeners hand over meanwhile comes later in the same loop.
    void advanced() {
        if (advancing) {
            return;
        }
        advancing = true;
        try {
            while (advanceOne()) {
                // Until nothing moves.
            }
        } finally {
            advancing = false;
        }
    }

    private boolean advanceOne() {
        if (!seconds.isEmpty() && seconds.peek().isBetween()) {
            seconds.remove().beginSecond();
            return true;
        }
        if (undecided.isEmpty() || !undecided.peek().isDecided() || outlet.isFull()) {
            return false;
        }
        undecided.remove().announce();
        answered++;
        while (!barriers.isEmpty() && barriers.peek().after <= answered) {
            barriers.remove().task.run();
        }
        return true;
    }
}
