package io.polylog.config;

import java.time.Duration;
import java.util.List;

/// `[limits]`: what one client may take.
///
/// @param connections open at once on one listener
/// @param handshakeTime how long a connection may take until its client is known
/// @param handshakeBytes how much it may send until then
/// @param messageBytes the largest message
/// @param batchBytes the largest Kafka record batch
/// @param schedules of one namespace
public record LimitsSection(
        int connections,
        Duration handshakeTime,
        int handshakeBytes,
        int messageBytes,
        int batchBytes,
        int schedules) {
    static final Setting<Integer> CONNECTIONS =
            new Setting<>(
                    "limits.connections",
                    Kind.number(1, 1_000_000),
                    "20000",
                    "Connections open at once on one listener; more are closed as they come.");
    static final Setting<Duration> HANDSHAKE_TIME =
            new Setting<>(
                    "limits.handshake_time",
                    Kind.duration("100ms", "10m"),
                    "10s",
                    "How long a connection may take until its client is known.");
    static final Setting<Long> HANDSHAKE_SIZE =
            new Setting<>(
                    "limits.handshake_size",
                    Kind.size("4KiB", "16MiB"),
                    "64KiB",
                    "How much a connection may send until its client is known.");
    static final Setting<Long> MESSAGE_SIZE =
            new Setting<>(
                    "limits.message_size",
                    Kind.size("1KiB", "16MiB"),
                    "16MiB",
                    "The largest message; a larger one gets its protocol's error.");
    static final Setting<Long> BATCH_SIZE =
            new Setting<>(
                    "limits.batch_size",
                    Kind.size("1KiB", "16MiB"),
                    "1MiB",
                    "The largest Kafka record batch, without its 12 bytes of log overhead.");
    static final Setting<Integer> SCHEDULES =
            new Setting<>(
                    "limits.schedules",
                    Kind.number(0, 1_000_000),
                    "10000",
                    "Schedules of one namespace; more are refused.");
    static final List<Setting<?>> SETTINGS =
            List.of(
                    CONNECTIONS,
                    HANDSHAKE_TIME,
                    HANDSHAKE_SIZE,
                    MESSAGE_SIZE,
                    BATCH_SIZE,
                    SCHEDULES);

    static LimitsSection of(Values values) {
        return new LimitsSection(
                values.of(CONNECTIONS),
                values.of(HANDSHAKE_TIME),
                Math.toIntExact(values.of(HANDSHAKE_SIZE)),
                Math.toIntExact(values.of(MESSAGE_SIZE)),
                Math.toIntExact(values.of(BATCH_SIZE)),
                values.of(SCHEDULES));
    }
}
