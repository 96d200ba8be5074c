package io.polylog.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final Metrics metrics = new Metrics(2);

    @Test
    void the_same_name_and_labels_are_the_same_counter() {
        Counter first = metrics.counter("polylog.drops", "Drops.", new Label("cause", "expired"));
        Counter again = metrics.counter("polylog.drops", "Drops.", new Label("cause", "expired"));
        first.increment();
        again.add(2);

        assertThat(first.value()).isEqualTo(3);
    }

    @Test
    void a_scrape_shows_counters_gauges_and_the_jvm() {
        AtomicLong open = new AtomicLong(7);
        metrics.gauge("polylog.connections", "Open.", open::get, new Label("protocol", "kafka"));
        metrics.counter("polylog.drops", "Drops.", new Label("cause", "expired")).add(3);

        try (Exposition exposition = new Exposition(metrics)) {
            assertThat(exposition.scrape())
                    .contains("polylog_connections{protocol=\"kafka\"} 7.0\n")
                    .contains("polylog_drops_total{cause=\"expired\"} 3.0\n")
                    .contains("# HELP polylog_drops_total Drops.\n")
                    .contains("jvm_memory_used_bytes");
            open.set(8);
            metrics.counter("polylog.late", "Made after the first scrape.").increment();
            assertThat(exposition.scrape())
                    .contains("polylog_connections{protocol=\"kafka\"} 8.0\n")
                    .contains("polylog_late_total 1.0\n");
        }
    }

    @Test
    void beyond_its_bound_a_name_counts_the_rest_together() {
        metrics.counter("polylog.in", "In.", new Label("topic", "a")).increment();
        metrics.counter("polylog.in", "In.", new Label("topic", "b")).increment();
        metrics.counter("polylog.in", "In.", new Label("topic", "c")).increment();
        metrics.counter("polylog.in", "In.", new Label("topic", "d")).increment();

        try (Exposition exposition = new Exposition(metrics)) {
            assertThat(exposition.scrape())
                    .contains("polylog_in_total{topic=\"a\"} 1.0")
                    .contains("polylog_in_total{topic=\"other\"} 2.0")
                    .doesNotContain("topic=\"c\"");
        }
    }

    @Test
    void a_series_is_either_a_counter_or_a_gauge() {
        metrics.gauge("polylog.x", "X.", () -> 1);

        assertThatThrownBy(() -> metrics.counter("polylog.x", "X."))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> metrics.gauge("polylog.x", "X.", () -> 2))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
