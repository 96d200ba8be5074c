package io.polylog.metrics;

import java.util.List;
import java.util.function.LongSupplier;

/// One line of a scrape.
sealed interface Series {
    String name();

    String about();

    List<Label> labels();

    /// Something counted.
    record Count(String name, String about, List<Label> labels, Counter counter)
            implements Series {}

    /// Something measured when asked.
    record Gauge(String name, String about, List<Label> labels, LongSupplier value)
            implements Series {}
}
