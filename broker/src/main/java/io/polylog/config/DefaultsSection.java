package io.polylog.config;

import java.util.List;

/// `[defaults]`: what a topic is like when whoever makes it does not say.
///
/// @param autoCreate whether asking for an unknown topic over Kafka makes it
/// @param partitions of a topic made by mere use
/// @param retentionMs how long a record is kept, -1 for ever
public record DefaultsSection(boolean autoCreate, int partitions, long retentionMs) {
    static final Setting<Boolean> AUTO_CREATE =
            new Setting<>(
                    "defaults.auto_create",
                    Kind.SWITCH,
                    "true",
                    "Whether asking for an unknown topic over Kafka makes it.");
    static final Setting<Integer> PARTITIONS =
            new Setting<>(
                    "defaults.partitions",
                    Kind.number(1, 10_000),
                    "1",
                    "Partitions of a topic made without saying how many.");
    static final Setting<Long> RETENTION =
            new Setting<>(
                    "defaults.retention",
                    Kind.AGE_MS,
                    "7d",
                    "How long a topic made without saying so keeps its records.");
    static final List<Setting<?>> SETTINGS = List.of(AUTO_CREATE, PARTITIONS, RETENTION);

    static DefaultsSection of(Values values) {
        return new DefaultsSection(
                values.of(AUTO_CREATE), values.of(PARTITIONS), values.of(RETENTION));
    }
}
