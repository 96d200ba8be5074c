package io.polylog.protocol.kafka;

import org.jspecify.annotations.Nullable;

/// What the adapter may be told.
///
/// @param clusterId what clients see as the cluster's id; must stay the same over restarts
/// @param advertised where clients are sent, or null for the address they connected to
/// @param autoCreateTopics whether asking for an unknown topic makes it
/// @param defaultPartitions partitions of a topic made without saying how many
/// @param defaultRetentionMs how long topics made without `retention.ms` keep records, -1 for ever
/// @param maxRequestBytes largest request; memory is taken only for what has arrived
/// @param maxBatchBytes largest record batch
public record KafkaSettings(
        String clusterId,
        @Nullable HostAndPort advertised,
        boolean autoCreateTopics,
        int defaultPartitions,
        long defaultRetentionMs,
        int maxRequestBytes,
        int maxBatchBytes) {
    private static final long WEEK_MS = 7L * 24 * 60 * 60 * 1000;
    private static final int MIB = 1024 * 1024;

    /// Kafka's own defaults where it has any.
    public static KafkaSettings defaults(String clusterId) {
        return new KafkaSettings(clusterId, null, true, 1, WEEK_MS, 100 * MIB, MIB + 12);
    }

    public KafkaSettings {
        if (defaultPartitions < 1) {
            throw new IllegalArgumentException("defaultPartitions must be 1 or more");
        }
        if (maxBatchBytes < 1024 || maxRequestBytes < maxBatchBytes) {
            throw new IllegalArgumentException(
                    "maxBatchBytes must be 1 KiB or more and at most maxRequestBytes");
        }
    }

    /// Where clients are sent.
    public record HostAndPort(String host, int port) {}
}
