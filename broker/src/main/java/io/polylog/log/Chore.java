package io.polylog.log;

import java.io.IOException;

/// Work of the log's background thread, done in short steps between those of the others.
@FunctionalInterface
interface Chore {
    /// Takes one step.
    ///
    /// @return nanoseconds until the next one is due, 0 for soon,
    ///   [io.polylog.io.Worker#UNTIL_WOKEN] when somebody will say so
    long step() throws IOException;
}
