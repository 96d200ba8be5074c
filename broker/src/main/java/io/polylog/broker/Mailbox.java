package io.polylog.broker;

import java.util.concurrent.Executor;

/// The way into one event loop. Posting is safe from any thread and keeps order per posting thread;
/// tasks run on the loop, one at a time.
@FunctionalInterface
public interface Mailbox {
    /// Runs the task on the loop soon.
    void post(Runnable task);

    /// The mailbox of an executor that runs tasks one at a time; equal for the same executor, so
    /// that what goes to several sessions of one loop can go there together.
    static Mailbox of(Executor loop) {
        return new OfExecutor(loop);
    }

    /// As [#of].
    record OfExecutor(Executor loop) implements Mailbox {
        @Override
        public void post(Runnable task) {
            loop.execute(task);
        }
    }
}
