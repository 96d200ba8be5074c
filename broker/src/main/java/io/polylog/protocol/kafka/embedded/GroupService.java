package io.polylog.protocol.kafka.embedded;

import com.yammer.metrics.core.MetricsRegistry;
import io.polylog.broker.Broker;
import io.polylog.protocol.kafka.embedded.GroupTopics.GroupTopic;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.errors.CoordinatorNotAvailableException;
import org.apache.kafka.common.internals.Topic;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;
import org.apache.kafka.coordinator.group.GroupConfigManager;
import org.apache.kafka.coordinator.group.GroupCoordinator;
import org.apache.kafka.coordinator.group.GroupCoordinatorConfig;
import org.apache.kafka.coordinator.group.GroupCoordinators;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorMetrics;
import org.apache.kafka.coordinator.group.metrics.GroupCoordinatorRuntimeMetrics;
import org.apache.kafka.coordinator.group.modern.share.ShareGroupConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Kafka's group coordinator, started and fed. Made by the first request about a group; safe from
/// any thread.
final class GroupService implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GroupService.class);
    private static final long STOP_MS = 5000;

    private final Broker broker;
    private final Supplier<GroupTopics> topics;
    private final int partitions;
    private final Time time = Time.SYSTEM;
    private final GroupLoop loop = new GroupLoop(time);
    private final Map<TopicPartition, OffsetsLog> logs = new HashMap<>();
    private final Map<Integer, Integer> epochs = new HashMap<>();
    private final CompletableFuture<GroupCoordinators> started = new CompletableFuture<>();

    /// What the coordinator was last told. On the loop.
    private Map<Uuid, String> known = Map.of();

    private CoordinatorMetadataImage image = CoordinatorMetadataImage.EMPTY;
    private volatile long knownVersion = -1;

    GroupService(Broker broker, Supplier<GroupTopics> topics, int partitions) {
        this.broker = broker;
        this.topics = topics;
        this.partitions = partitions;
        loop.start();
        loop.execute(this::startUp);
    }

    /// Asks the coordinator, once it is there; the answer comes on the group loop.
    <T> CompletableFuture<T> ask(Function<GroupCoordinator, CompletableFuture<T>> question) {
        if (topics.get().version() != knownVersion) {
            loop.execute(() -> started.thenAccept(this::tellTopics));
        }
        return started.thenCompose(built -> question.apply(built.coordinator()));
    }

    /// It could not start and never will; another one may.
    boolean hasFailed() {
        return started.isCompletedExceptionally();
    }

    private void startUp() {
        long startedMs = time.milliseconds();
        try {
            for (int partition = 0; partition < partitions; partition++) {
                int number = partition;
                TopicPartition name =
                        new TopicPartition(Topic.GROUP_METADATA_TOPIC_NAME, partition);
                logs.put(
                        name,
                        new OffsetsLog(
                                name,
                                broker.internalStream(
                                        Topic.GROUP_METADATA_TOPIC_NAME, partitions, partition),
                                loop,
                                () -> reload(number)));
            }
            GroupCoordinators built = build();
            built.coordinator().startup(() -> partitions);
            tellTopics(built);
            for (int partition = 0; partition < partitions; partition++) {
                epochs.put(partition, 1);
                built.coordinator().onElection(partition, 1);
            }
            // The loads are in front of whatever the first requests now put on the loop.
            loop.execute(() -> {
                log.info("group coordinator ready after {} ms", time.milliseconds() - startedMs);
                started.complete(built);
            });
        } catch (RuntimeException e) {
            log.error("the group coordinator cannot start", e);
            started.completeExceptionally(
                    new CoordinatorNotAvailableException("it cannot start: " + e.getMessage()));
        }
    }

    private GroupCoordinators build() {
        AbstractConfig config = config();
        GroupCoordinatorConfig groups = new GroupCoordinatorConfig(config);
        ShareGroupConfig shares = new ShareGroupConfig(config);
        Metrics metrics = new Metrics();
        return GroupCoordinators.build(
                groups,
                new GroupConfigManager(groups.extractGroupConfigMap(shares), groups, shares),
                new GroupCoordinators.Machine(time, loop.timer(), loop.events(), loop),
                new OffsetsWriter(logs),
                new OffsetsLoader(logs, topics, time),
                new GroupCoordinators.Gauges(
                        new GroupCoordinatorRuntimeMetrics(metrics),
                        new GroupCoordinatorMetrics(new MetricsRegistry(), metrics)),
                new NoLogEnds());
    }

    private static AbstractConfig config() {
        ConfigDef all = new ConfigDef();
        for (ConfigDef part :
                List.of(GroupCoordinatorConfig.CONFIG_DEF, ShareGroupConfig.CONFIG_DEF)) {
            part.configKeys()
                    .forEach((name, key) -> {
                        if (!all.names().contains(name)) {
                            all.define(key);
                        }
                    });
        }
        return new AbstractConfig(all, SETTINGS, false);
    }

    /// Where we differ from Kafka's defaults: a first member waits a little for others to come, not
    /// three seconds, because here a broker is often one developer's.
    private static final Map<String, String> SETTINGS =
            Map.of(GroupCoordinatorConfig.GROUP_INITIAL_REBALANCE_DELAY_MS_CONFIG, "250");

    /// The log did not take what a partition wrote: it starts again from what is durable.
    private void reload(int partition) {
        int epoch = epochs.merge(partition, 1, Integer::sum);
        GroupCoordinator coordinator = started.join().coordinator();
        coordinator.onResignation(partition, OptionalInt.of(epoch));
        coordinator.onElection(partition, epoch);
    }

    private void tellTopics(GroupCoordinators built) {
        GroupTopics now = topics.get();
        if (now.version() == knownVersion) {
            return;
        }
        Map<Uuid, String> names = new LinkedHashMap<>();
        Set<Uuid> changed = new HashSet<>();
        for (GroupTopic topic : now.all()) {
            names.put(topic.id(), topic.name());
            if (!known.containsKey(topic.id())) {
                changed.add(topic.id());
            }
        }
        Map<Uuid, String> deleted = new HashMap<>(known);
        deleted.keySet().removeAll(names.keySet());
        CoordinatorMetadataImage next = new TopicsImage(now);
        built.topicsChanged(
                new TopicsImage.Change(image, changed, deleted.keySet()), next, deleted);
        known = names;
        image = next;
        knownVersion = now.version();
    }

    @Override
    public void close() {
        if (started.isDone() && !started.isCompletedExceptionally()) {
            CompletableFuture<Void> stopped = new CompletableFuture<>();
            loop.execute(() -> {
                started.join().coordinator().shutdown();
                stopped.complete(null);
            });
            try {
                stopped.get(STOP_MS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
                log.warn("the group coordinator did not stop in time", e);
            }
        }
        loop.shutdown();
    }
}
