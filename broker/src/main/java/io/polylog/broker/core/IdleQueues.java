package io.polylog.broker.core;

import io.polylog.broker.Topic;
import io.polylog.broker.shard.ShardPort;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// Removes queues that nobody used for as long as they may stay unused: nobody consumed from them,
/// took from them, asked for their counts or declared them. Begins anew when the broker starts.
final class IdleQueues {
    private final Core core;

    /// When each was used last, milliseconds since 1970.
    private final Map<UUID, Long> usedMs = new ConcurrentHashMap<>();

    /// On the timer's thread.
    private final WallTimers<UUID> timers;

    IdleQueues(Core core) {
        this.core = core;
        timers = new WallTimers<>(core.clock(), core.scheduler());
    }

    /// A queue was made, is there again, or may stay for another time. Any thread.
    void watch(Topic topic) {
        if (limitMs(topic) >= 0) {
            usedMs.put(topic.id(), core.clock().wallMs());
            core.scheduler().after(0, () -> arm(topic));
        }
    }

    /// A queue was used. Any thread.
    void used(Topic topic) {
        if (limitMs(topic) >= 0) {
            usedMs.computeIfPresent(topic.id(), (id, before) -> core.clock().wallMs());
        }
    }

    private static long limitMs(Topic topic) {
        return topic.policy().expiry().unusedMs();
    }

    private void arm(Topic topic) {
        Long used = usedMs.get(topic.id());
        if (used != null) {
            timers.set(topic.id(), used + limitMs(topic), () -> look(topic));
        }
    }

    private void look(Topic watched) {
        Long used = usedMs.get(watched.id());
        Topic topic = core.catalog().topic(watched.id());
        if (used == null || topic == null || limitMs(topic) < 0) {
            usedMs.remove(watched.id());
        } else if (used + limitMs(topic) > core.clock().wallMs()) {
            arm(topic);
        } else {
            Topic.Partition queue = topic.partitions().getFirst();
            ShardPort port = core.port(queue.shard());
            port.run(serving -> {
                boolean consumed = serving.isConsumed(queue.stream());
                core.scheduler().after(0, () -> judge(topic, consumed));
            });
        }
    }

    private void judge(Topic topic, boolean consumed) {
        if (consumed) {
            used(topic);
            arm(topic);
            return;
        }
        core.removal()
                .remove(Runnable::run, topic, true, false)
                .whenComplete((_, _) -> core.scheduler().after(0, () -> again(topic)));
    }

    /// Where somebody came after all, it is watched on.
    private void again(Topic topic) {
        if (core.catalog().topic(topic.id()) == null) {
            usedMs.remove(topic.id());
        } else {
            used(topic);
            arm(topic);
        }
    }
}
