package io.polylog.broker.core;

import io.polylog.broker.Mailbox;
import io.polylog.broker.Topic;
import io.polylog.broker.shard.ShardPort;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Makes shards and definitions agree after a crash between them: streams without a topic are
/// dropped, topics without a stream get one. Runs before the first session.
final class Reconciliation {
    private static final Mailbox AT_ONCE = Runnable::run;

    private final Core core;

    Reconciliation(Core core) {
        this.core = core;
    }

    /// Completes when every topic's streams are open.
    CompletableFuture<@Nullable Void> run() {
        List<CompletableFuture<?>> shards = new ArrayList<>();
        for (ShardPort port : core.allPorts()) {
            CompletableFuture<List<Long>> asked = new CompletableFuture<>();
            port.ask(AT_ONCE, serving -> serving.streams(), asked::complete);
            shards.add(asked.thenCompose(open -> agree(port, new HashSet<>(open))));
        }
        return CompletableFuture.allOf(shards.toArray(CompletableFuture<?>[]::new));
    }

    private CompletableFuture<@Nullable Void> agree(ShardPort port, Set<Long> open) {
        List<CompletableFuture<?>> opening = new ArrayList<>();
        for (Topic topic : core.catalog().everyTopic()) {
            for (Topic.Partition partition : topic.partitions()) {
                if (partition.shard() == port.number() && !open.remove(partition.stream())) {
                    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
                    core.streams().open(topic, partition, () -> done.complete(null));
                    opening.add(done);
                }
            }
        }
        open.forEach(stream -> core.streams().drop(port.number(), stream));
        return CompletableFuture.allOf(opening.toArray(CompletableFuture<?>[]::new));
    }
}
