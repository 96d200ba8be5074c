package io.polylog.io;

/// Work that one thread does in short steps, so that a simulation can take the steps itself in an
/// order drawn from a seed. Only one step runs at a time.
@FunctionalInterface
public interface Worker {
    /// Returned by [#work] when nothing is due until somebody wakes the worker.
    long UNTIL_WOKEN = Long.MAX_VALUE;

    /// Returned by [#work] when the worker is over: it is never called again.
    long DONE = -1;

    /// Takes one step.
    ///
    /// @return nanoseconds until the next step is due unless woken earlier; 0 for at once
    long work();
}
