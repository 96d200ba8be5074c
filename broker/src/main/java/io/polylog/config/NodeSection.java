package io.polylog.config;

import java.util.List;

/// `[node]`: this broker.
///
/// @param name how it is called in logs and metrics
/// @param dataDir where everything durable lives
public record NodeSection(String name, String dataDir) {
    static final Setting<String> NAME =
            new Setting<>(
                    "node.name",
                    Kind.TEXT,
                    "polylog",
                    "How this broker is called in logs and metrics.");
    static final Setting<String> DATA_DIR =
            new Setting<>(
                    "node.data_dir",
                    Kind.TEXT,
                    "data",
                    "Where everything durable lives; relative to the working directory."
                            + " `--data` sets it too.");
    static final List<Setting<?>> SETTINGS = List.of(NAME, DATA_DIR);

    static NodeSection of(Values values) {
        if (values.of(DATA_DIR).isBlank()) {
            values.problem(DATA_DIR, "must name a directory");
        }
        return new NodeSection(values.of(NAME), values.of(DATA_DIR));
    }
}
