package io.polylog.config;

import java.util.List;

/// `[telemetry]`: what the broker tells about itself.
///
/// @param logLevel the least severe lines written to stderr
public record TelemetrySection(String logLevel) {
    static final Setting<String> LOG_LEVEL =
            new Setting<>(
                    "telemetry.log_level",
                    Kind.choice("error", "warn", "info", "debug", "trace"),
                    "info",
                    "The least severe lines written to stderr.");
    static final List<Setting<?>> SETTINGS = List.of(LOG_LEVEL);

    static TelemetrySection of(Values values) {
        return new TelemetrySection(values.of(LOG_LEVEL));
    }
}
