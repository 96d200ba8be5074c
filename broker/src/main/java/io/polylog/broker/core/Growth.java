package io.polylog.broker.core;

import io.polylog.broker.Topic;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// Tells consumers that their topic has more partitions. Any thread.
final class Growth {
    private final Map<UUID, Set<LoopConsumer>> watching = new ConcurrentHashMap<>();

    /// From now on the consumer hears of it, on its loop.
    void watch(UUID topic, LoopConsumer consumer) {
        watching.compute(
                topic,
                (_, there) -> {
                    Set<LoopConsumer> all = there == null ? ConcurrentHashMap.newKeySet() : there;
                    all.add(consumer);
                    return all;
                });
    }

    void unwatch(UUID topic, LoopConsumer consumer) {
        watching.computeIfPresent(
                topic,
                (_, all) -> {
                    all.remove(consumer);
                    return all.isEmpty() ? null : all;
                });
    }

    /// The topic's partitions are in the catalog and on their way to their shards.
    void seen(Topic topic, ShardStreams streams) {
        if (watching.containsKey(topic.id())) {
            streams.whenDone(topic).thenRun(() -> tell(topic.id()));
        }
    }

    private void tell(UUID topic) {
        for (LoopConsumer consumer : watching.getOrDefault(topic, Set.of())) {
            consumer.loop().post(consumer::grow);
        }
    }
}
