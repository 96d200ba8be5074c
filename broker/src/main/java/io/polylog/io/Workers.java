package io.polylog.io;

/// Gives each [Worker] a thread. The simulation's implementation has none and takes the steps by
/// seed.
public interface Workers {
    /// Starts a worker.
    ///
    /// @param name the thread's name
    /// @param priority [Thread#MIN_PRIORITY] to [Thread#MAX_PRIORITY]; a wish
    Running start(String name, int priority, Worker worker);

    /// A started worker.
    interface Running {
        /// Makes the next step due now. Any thread; cheap when the worker is busy. What the caller
        /// wrote before is seen by that step.
        void wake();

        /// Waits until the worker is over: its owner has told it to end. Never called by itself.
        void awaitEnd();
    }
}
