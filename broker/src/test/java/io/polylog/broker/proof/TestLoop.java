package io.polylog.broker.proof;

import io.polylog.broker.Mailbox;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;

/// An event loop that runs when the test lets it, on the test's thread.
final class TestLoop implements Mailbox {
    private final LinkedBlockingDeque<Runnable> tasks = new LinkedBlockingDeque<>();

    @Override
    public void post(Runnable task) {
        tasks.add(task);
    }

    /// Runs the next task.
    ///
    /// @return false when there was none
    boolean runOne() {
        Runnable task = tasks.poll();
        if (task == null) {
            return false;
        }
        task.run();
        return true;
    }

    /// As [#runOne()], but waits for a task for a while.
    boolean runOne(long timeoutMs) {
        try {
            Runnable task = tasks.poll(timeoutMs, TimeUnit.MILLISECONDS);
            if (task == null) {
                return false;
            }
            task.run();
            return true;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean hasTasks() {
        return !tasks.isEmpty();
    }

    /// The process is gone, and its loop with it.
    void clear() {
        tasks.clear();
    }
}
