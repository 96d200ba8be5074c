package io.polylog.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/// All series of a broker. Any thread; ask for a counter once and keep it.
///
/// Labels come from what clients name (topics, users), so one metric holds a bounded number of
/// series: beyond it, further ones count together under the label value `other`. No client can make
/// a scrape, or memory, grow without end.
public final class Metrics {
    private static final String BEYOND = "other";

    private final int seriesPerMetric;
    private final Map<Key, Series> series = new HashMap<>();
    private final Map<String, Integer> seriesByName = new HashMap<>();

    public Metrics() {
        this(1000);
    }

    /// Metrics with another bound.
    ///
    /// @param seriesPerMetric how many series one name may have before they are counted together
    public Metrics(int seriesPerMetric) {
        this.seriesPerMetric = seriesPerMetric;
    }

    /// The counter of that name and labels, made when missing.
    ///
    /// @param name dotted, without a `total` at its end: `polylog.messages.dropped`
    /// @param about one sentence for people
    public synchronized Counter counter(String name, String about, Label... labels) {
        Key key = admitted(name, List.of(labels));
        Series known = series.get(key);
        if (known instanceof Series.Count count) {
            return count.counter();
        }
        if (known != null) {
            throw new IllegalArgumentException(name + " is a gauge");
        }
        Counter counter = new Counter();
        put(key, new Series.Count(name, about, key.labels(), counter));
        return counter;
    }

    /// Shows a value that is asked for at each scrape. Beyond the bound it is left out: gauges
    /// cannot be added up.
    ///
    /// @param value any thread may ask; must not block
    public synchronized void gauge(String name, String about, LongSupplier value, Label... labels) {
        Key key = new Key(name, List.of(labels));
        if (series.containsKey(key)) {
            throw new IllegalArgumentException(key + " is there already");
        }
        if (seriesByName.getOrDefault(name, 0) < seriesPerMetric) {
            put(key, new Series.Gauge(name, about, key.labels(), value));
        }
    }

    synchronized List<Series> series() {
        return List.copyOf(series.values());
    }

    private void put(Key key, Series added) {
        if (series.put(key, added) == null) {
            seriesByName.merge(key.name(), 1, Integer::sum);
        }
    }

    private Key admitted(String name, List<Label> labels) {
        Key asked = new Key(name, labels);
        boolean full = seriesByName.getOrDefault(name, 0) >= seriesPerMetric;
        if (!full || series.containsKey(asked)) {
            return asked;
        }
        return new Key(
                name, labels.stream().map(label -> new Label(label.name(), BEYOND)).toList());
    }

    private record Key(String name, List<Label> labels) {}
}
