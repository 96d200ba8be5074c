package io.polylog.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Writes every series down in Prometheus' text format, with the JVM's own. Made at the first
/// scrape: the library behind it takes a quarter of a second to load, which no start should pay.
/// Any thread.
public final class Exposition implements AutoCloseable {
    private final Metrics metrics;
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final Set<Series> bound = new HashSet<>();

    public Exposition(Metrics metrics) {
        this.metrics = metrics;
        collections.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
    }

    /// Everything as it stands now.
    public synchronized String scrape() {
        for (Series series : metrics.series()) {
            if (bound.add(series)) {
                bind(series);
            }
        }
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }

    private void bind(Series series) {
        List<Tag> tags =
                series.labels().stream().map(label -> Tag.of(label.name(), label.value())).toList();
        switch (series) {
            case Series.Count count ->
                    FunctionCounter.builder(count.name(), count.counter(), Counter::value)
                            .description(count.about())
                            .tags(tags)
                            .register(registry);
            case Series.Gauge gauge ->
                    io.micrometer.core.instrument.Gauge.builder(
                                    gauge.name(), () -> gauge.value().getAsLong())
                            .description(gauge.about())
                            .tags(tags)
                            .register(registry);
        }
    }
}
