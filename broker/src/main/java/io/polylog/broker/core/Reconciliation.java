package io.polylog.broker.core;

import io.polylog.broker.Mailbox;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.Topic;
import io.polylog.broker.shard.ShardPort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Makes shards and definitions agree after a crash between them. The definitions decide: streams
/// without a topic are dropped, for their topic was removed; topics without a stream get one, for
/// theirs was never opened; removals that were not decided are called off. Runs before the first
/// session.
final class Reconciliation {
    private static final Mailbox AT_ONCE = Runnable::run;

    private final Core core;

    Reconciliation(Core core) {
        this.core = core;
    }

    /// What a shard holds.
    private record Found(Map<Long, QueuePolicy> policies, List<Long> sealed) {}

    /// Completes when every topic's streams are open, to publishers too, and under its policy.
    CompletableFuture<@Nullable Void> run() {
        List<CompletableFuture<?>> shards = new ArrayList<>();
        for (ShardPort port : core.allPorts()) {
            CompletableFuture<Found> asked = new CompletableFuture<>();
            port.ask(
                    AT_ONCE,
                    serving -> new Found(serving.policies(), serving.sealed()),
                    asked::complete);
            shards.add(asked.thenCompose(found -> agree(port, found)));
        }
        return CompletableFuture.allOf(shards.toArray(CompletableFuture<?>[]::new));
    }

    private CompletableFuture<@Nullable Void> agree(ShardPort port, Found found) {
        Map<Long, QueuePolicy> open = new HashMap<>(found.policies());
        List<CompletableFuture<?>> ready = new ArrayList<>();
        for (Topic topic : core.catalog().everyTopic()) {
            for (Topic.Partition partition : topic.partitions()) {
                if (partition.shard() == port.number()
                        && !topic.policy().equals(open.remove(partition.stream()))) {
                    ready.add(core.streams().open(topic, partition).toCompletableFuture());
                }
            }
        }
        for (long stream : found.sealed()) {
            ready.add(core.streams().unseal(port.number(), stream).toCompletableFuture());
        }
        open.keySet().forEach(stream -> core.streams().drop(port.number(), stream));
        return CompletableFuture.allOf(ready.toArray(CompletableFuture<?>[]::new));
    }
}
