package io.polylog.metrics;

import java.util.concurrent.atomic.LongAdder;

/// A count that only grows. Any thread; threads that count at once do not wait for each other.
public final class Counter {
    private final LongAdder sum = new LongAdder();

    Counter() {}

    public void increment() {
        sum.increment();
    }

    /// Counts several.
    ///
    /// @param more 0 or more
    public void add(long more) {
        sum.add(more);
    }

    /// The count so far.
    public long value() {
        return sum.sum();
    }
}
