package io.polylog.io;

/// Runs tasks later. Tasks must be short and hand longer work on; they run on one timer thread.
public interface Scheduler {
    /// Runs `task` once, no earlier than `delayNanos` from now.
    Cancellable after(long delayNanos, Runnable task);

    /// A task that may be called off.
    interface Cancellable {
        /// Stops the task from starting; no effect once it has started.
        void cancel();
    }
}
