package io.polylog.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.json.JsonMapper;

/// The outcome of a load, for people and as JSON.
///
/// @param confirmedPerSecond answered positively inside the measured window
/// @param deliveredPerSecond consumed inside the measured window
/// @param brokerCpuSecondsPerMillion messages, where the broker's process is known
/// @param wrong losses, repetitions, changed order; empty when all is well
record Result(
        String protocol,
        LoadSpec spec,
        double confirmedPerSecond,
        double deliveredPerSecond,
        long refused,
        Map<String, Double> confirmMicros,
        Map<String, Double> deliveryMicros,
        OptionalDouble brokerCpuSecondsPerMillion,
        List<String> wrong) {
    private static final List<Double> PERCENTILES = List.of(50.0, 90.0, 99.0, 99.9, 99.99);

    static Result of(String protocol, LoadSpec spec, Figures figures) {
        boolean consumes = spec.mode().consumes();
        return new Result(
                protocol,
                spec,
                (double) figures.confirmed.sum() / spec.seconds(),
                (double) figures.delivered.sum() / spec.seconds(),
                figures.refused.sum(),
                percentiles(figures.confirmNanos),
                percentiles(figures.deliveryNanos),
                figures.cpuSecondsPerMillion(),
                consumes ? figures.ledger.verdict() : List.of());
    }

    String json() {
        return JsonMapper.builder().build().writeValueAsString(this);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        "%s %s, %d bytes, %d client(s), %s%n",
                        protocol,
                        spec.mode().name().toLowerCase(Locale.ROOT),
                        spec.sizeBytes(),
                        spec.clients(),
                        spec.rate() == 0 ? "full speed" : spec.rate() + "/s"));
        text.append(rate("confirmed", confirmedPerSecond)).append(times(confirmMicros));
        if (spec.mode().consumes()) {
            text.append(rate("delivered", deliveredPerSecond)).append(times(deliveryMicros));
        }
        brokerCpuSecondsPerMillion.ifPresent(seconds ->
                text.append(
                        String.format(
                                Locale.ROOT,
                                "broker      %12.2f CPU seconds per million messages%n",
                                seconds)));
        if (refused > 0) {
            text.append("refused: ").append(refused).append('\n');
        }
        wrong.forEach(what -> text.append("WRONG: ").append(what).append('\n'));
        return text.toString();
    }

    private static String rate(String what, double perSecond) {
        return String.format(Locale.ROOT, "%-10s %,12.0f/s", what, perSecond);
    }

    private static String times(Map<String, Double> micros) {
        StringBuilder text = new StringBuilder();
        micros.forEach((name, value) ->
                text.append(String.format(Locale.ROOT, "  %s %,.0f us", name, value)));
        return text.append('\n').toString();
    }

    private static Map<String, Double> percentiles(Histogram nanos) {
        Map<String, Double> micros = new LinkedHashMap<>();
        if (nanos.getTotalCount() == 0) {
            return micros;
        }
        for (double percentile : PERCENTILES) {
            String name =
                    "p"
                            + (percentile == Math.rint(percentile)
                                    ? Long.toString(Math.round(percentile))
                                    : Double.toString(percentile));
            micros.put(name, nanos.getValueAtPercentile(percentile) / 1e3);
        }
        micros.put("max", nanos.getMaxValue() / 1e3);
        return micros;
    }
}
