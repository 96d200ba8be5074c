/// What the broker counts and measures: [io.polylog.metrics.Metrics] is handed to whoever counts,
/// [io.polylog.metrics.Exposition] writes it all down for Prometheus. Counting is one striped add,
/// on any thread; the monitoring library is loaded when somebody first looks.
@NullMarked
package io.polylog.metrics;

import org.jspecify.annotations.NullMarked;
