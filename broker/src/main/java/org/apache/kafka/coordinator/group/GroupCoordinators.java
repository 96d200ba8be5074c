package org.apache.kafka.coordinator.group;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorEventProcessor;
import org.apache.kafka.coordinator.common.runtime.CoordinatorLoader;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRuntimeMetrics;
import org.apache.kafka.coordinator.common.runtime.PartitionWriter;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.server.share.persister.NoOpStatePersister;
import org.apache.kafka.server.util.PartitionMetadataClient;
import org.apache.kafka.server.util.timer.Timer;

/// Doorway into Kafka's package: the group coordinator with a thread and a timer of the caller's,
/// and with topics told to it without Kafka's metadata images. Kafka's own builder offers neither.
///
/// @param coordinator the service
/// @param runtime what runs it
public record GroupCoordinators(
        GroupCoordinator coordinator,
        CoordinatorRuntime<GroupCoordinatorShard, CoordinatorRecord> runtime) {

    /// What it runs on.
    public record Machine(
            Time time, Timer timer, CoordinatorEventProcessor events, ExecutorService executor) {}

    /// What it counts with.
    public record Gauges(CoordinatorRuntimeMetrics runtime, GroupCoordinatorMetrics groups) {}

    /// Builds a coordinator; it is started and elected by the caller.
    public static GroupCoordinators build(
            GroupCoordinatorConfig config,
            GroupConfigManager groupConfigs,
            Machine machine,
            PartitionWriter writer,
            CoordinatorLoader<CoordinatorRecord> loader,
            Gauges gauges,
            PartitionMetadataClient ends) {
        LogContext log = new LogContext("[groups] ");
        CoordinatorRuntime<GroupCoordinatorShard, CoordinatorRecord> runtime =
                new CoordinatorRuntime.Builder<GroupCoordinatorShard, CoordinatorRecord>()
                        .withTime(machine.time)
                        .withTimer(machine.timer)
                        .withLogPrefix("groups")
                        .withLogContext(log)
                        .withEventProcessor(machine.events)
                        .withPartitionWriter(writer)
                        .withLoader(loader)
                        .withCoordinatorShardBuilderSupplier(() ->
                                new GroupCoordinatorShard.Builder(config, groupConfigs)
                                        .withAuthorizerPlugin(Optional.empty()))
                        .withWriteTimeout(Duration.ofMillis(config.offsetCommitTimeoutMs()))
                        .withCoordinatorRuntimeMetrics(gauges.runtime)
                        .withCoordinatorMetrics(gauges.groups)
                        .withSerializer(new GroupCoordinatorRecordSerde())
                        .withCompression(
                                Compression.of(config.offsetTopicCompressionType()).build())
                        .withAppendLingerMs(config.appendLingerMs())
                        .withExecutorService(machine.executor)
                        .withCachedBufferMaxBytesSupplier(config::cachedBufferMaxBytes)
                        .build();
        GroupCoordinatorService service =
                new GroupCoordinatorService(
                        log,
                        config,
                        runtime,
                        gauges.groups,
                        groupConfigs,
                        new NoOpStatePersister(),
                        machine.timer,
                        ends);
        return new GroupCoordinators(service, runtime);
    }

    /// Tells it what topics there are now, and removes the offsets of those that are gone.
    public void topicsChanged(
            CoordinatorMetadataDelta delta,
            CoordinatorMetadataImage image,
            Map<Uuid, String> deleted) {
        runtime.onMetadataUpdate(delta, image);
        if (!deleted.isEmpty()) {
            List<GroupCoordinatorShard.DeletedTopic> gone =
                    deleted.entrySet().stream()
                            .map(topic ->
                                    new GroupCoordinatorShard.DeletedTopic(
                                            topic.getKey(), topic.getValue()))
                            .toList();
            runtime.scheduleWriteAllOperation(
                    "on-topics-deleted", shard -> shard.onTopicsDeleted(gone));
        }
    }
}
