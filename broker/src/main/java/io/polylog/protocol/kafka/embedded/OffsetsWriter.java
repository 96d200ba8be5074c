package io.polylog.protocol.kafka.embedded;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.VerificationGuard;

/// Kafka's write side of the coordinator's partitions, on [OffsetsLog]. On the group loop.
final class OffsetsWriter implements PartitionWriter {
    /// Only its largest batch is looked at: Kafka's default.
    private static final LogConfig CONFIG = new LogConfig(Map.of());

    private final Map<TopicPartition, OffsetsLog> logs;

    OffsetsWriter(Map<TopicPartition, OffsetsLog> logs) {
        this.logs = logs;
    }

    private OffsetsLog log(TopicPartition partition) {
        OffsetsLog log = logs.get(partition);
        if (log == null) {
            throw new NotLeaderOrFollowerException(partition.toString());
        }
        return log;
    }

    @Override
    public void registerListener(TopicPartition partition, Listener listener) {
        log(partition).register(listener);
    }

    @Override
    public void deregisterListener(TopicPartition partition, Listener listener) {
        log(partition).deregister(listener);
    }

    @Override
    public LogConfig config(TopicPartition partition) {
        return CONFIG;
    }

    @Override
    public long append(
            TopicPartition partition,
            VerificationGuard guard,
            MemoryRecords records,
            short transactionVersion) {
        return log(partition).append(records);
    }

    @Override
    public CompletableFuture<VerificationGuard> maybeStartTransactionVerification(
            TopicPartition partition,
            String transactionalId,
            long producerId,
            short producerEpoch,
            int apiVersion) {
        return CompletableFuture.failedFuture(
                new UnsupportedVersionException("transactions are not available"));
    }

    @Override
    public CompletableFuture<Void> deleteRecords(TopicPartition partition, long beforeOffset) {
        return CompletableFuture.failedFuture(
                new UnsupportedVersionException("group partitions are compacted, not cut"));
    }
}
