package io.polylog.protocol.kafka.embedded;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.server.util.PartitionMetadataClient;

/// Only share groups ask for the ends of partitions, and those are not served. Any thread.
final class NoLogEnds implements PartitionMetadataClient {
    @Override
    public Map<TopicPartition, CompletableFuture<OffsetResponse>> listLatestOffsets(
            Set<TopicPartition> partitions) {
        OffsetResponse none = new OffsetResponse(-1, Errors.UNSUPPORTED_VERSION);
        return partitions.stream()
                .collect(
                        Collectors.toMap(
                                Function.identity(),
                                partition -> CompletableFuture.completedFuture(none)));
    }

    @Override
    public void close() {}
}
