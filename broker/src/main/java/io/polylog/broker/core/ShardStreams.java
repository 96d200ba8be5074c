package io.polylog.broker.core;

import io.polylog.broker.Mailbox;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.command.DropStreamCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.OpenStreamCommand;
import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.broker.machine.Request;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.meta.MetaMachine;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Lets the shards follow the definitions: opens the streams of new topics and drops those of
/// removed ones. What is refused is tried again until the log closes; what a crash cuts off is made
/// good at the next start. Called on the thread of the definitions' log.
final class ShardStreams implements MetaMachine.Streams {
    private static final long RETRY_NANOS = 20_000_000;
    private static final Mailbox AT_ONCE = Runnable::run;

    private final Core core;

    /// Topics whose streams are not open yet.
    private final Map<UUID, CompletableFuture<@Nullable Void>> opening = new ConcurrentHashMap<>();

    ShardStreams(Core core) {
        this.core = core;
    }

    /// Completes when the topic's streams are open; at once when they are.
    CompletionStage<@Nullable Void> whenOpen(Topic topic) {
        CompletableFuture<@Nullable Void> there = opening.get(topic.id());
        return there == null ? CompletableFuture.completedFuture(null) : there;
    }

    @Override
    public void open(Topic topic) {
        CompletableFuture<@Nullable Void> open = new CompletableFuture<>();
        opening.put(topic.id(), open);
        core.retention().watch(topic);
        core.compactor().watch(topic);
        AtomicInteger left = new AtomicInteger(topic.partitions().size());
        for (Topic.Partition partition : topic.partitions()) {
            open(
                    topic,
                    partition,
                    () -> {
                        if (left.decrementAndGet() == 0) {
                            opening.remove(topic.id(), open);
                            open.complete(null);
                        }
                    });
        }
    }

    void open(Topic topic, Topic.Partition partition, Runnable done) {
        HeadWriter head = new HeadWriter(16);
        new OpenStreamCommand(partition.stream(), keeps(topic.spec())).encode(head);
        insist(partition.shard(), Command.of(OpenStreamCommand.TYPE, head.toBuffer()), done);
    }

    private static Keeps keeps(TopicSpec spec) {
        if (spec.retention().untilSettled()) {
            return Keeps.UNTIL_SETTLED;
        }
        if (!spec.retention().newestPerKey()) {
            return Keeps.ALL;
        }
        boolean internal = spec.name().namespace().equals(Catalog.INTERNAL_NAMESPACE);
        return internal ? Keeps.NEWEST_STAGED : Keeps.COMPACTED;
    }

    @Override
    public void drop(Topic topic) {
        for (Topic.Partition partition : topic.partitions()) {
            drop(partition.shard(), partition.stream());
        }
    }

    void drop(int shard, long stream) {
        HeadWriter head = new HeadWriter(16);
        new DropStreamCommand(stream, false).encode(head);
        insist(shard, Command.of(DropStreamCommand.TYPE, head.toBuffer()), () -> {});
    }

    /// Proposes until it is taken.
    private void insist(int shard, Command command, Runnable done) {
        Request request =
                new Request(AT_ONCE) {
                    @Override
                    public void answered(Batch.@Nullable Refusal refusal) {
                        if (refusal == null || refusal == Batch.Refusal.CLOSED) {
                            done.run();
                        } else {
                            core.scheduler().after(RETRY_NANOS, () -> insist(shard, command, done));
                        }
                    }
                };
        core.port(shard).propose(new Batch(List.of(command), Urgency.SETTLE, request));
    }
}
