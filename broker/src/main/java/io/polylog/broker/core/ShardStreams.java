package io.polylog.broker.core;

import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.command.DropStreamCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.OpenStreamCommand;
import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.broker.command.SealStreamCommand;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.meta.MetaMachine;
import io.polylog.log.Command;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Lets the shards follow the definitions: opens the streams of new topics and drops those of
/// removed ones. What is refused is tried again until the log closes; what a crash cuts off is made
/// good at the next start. Of one stream one thing happens at a time, in the order it was asked
/// for: an opening that is tried again must not come behind the stream's end. Any thread.
final class ShardStreams implements MetaMachine.Streams {
    private final Core core;

    /// By stream, the end of what was asked for last.
    private final Map<Long, CompletableFuture<@Nullable Void>> underWay = new ConcurrentHashMap<>();

    ShardStreams(Core core) {
        this.core = core;
    }

    /// Completes when all that was asked for of the topic's streams is done; at once when it is.
    CompletableFuture<@Nullable Void> whenDone(Topic topic) {
        return CompletableFuture.allOf(
                topic.partitions().stream()
                        .map(partition -> underWay.get(partition.stream()))
                        .filter(end -> end != null)
                        .toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public void open(Topic topic) {
        core.retention().watch(topic);
        core.compactor().watch(topic);
        core.idleQueues().watch(topic);
        topic.partitions().forEach(partition -> open(topic, partition));
    }

    @Override
    public void seen(Topic topic) {
        core.growth().seen(topic, this);
    }

    CompletionStage<@Nullable Void> open(Topic topic, Topic.Partition partition) {
        HeadWriter head = new HeadWriter(16);
        TopicSpec spec = topic.spec();
        Retention retention = spec.retention();
        new OpenStreamCommand(
                        partition.stream(),
                        keeps(spec),
                        topic.policy(),
                        retention.perSubject(),
                        retention.ownTime(),
                        retention.kept())
                .encode(head);
        return next(
                partition.shard(),
                partition.stream(),
                Command.of(OpenStreamCommand.TYPE, head.toBuffer()));
    }

    private static Keeps keeps(TopicSpec spec) {
        if (spec.retention().untilSettled()) {
            return Keeps.UNTIL_SETTLED;
        }
        if (spec.retention().removable()) {
            return Keeps.REMOVABLE;
        }
        if (!spec.retention().newestPerKey()) {
            return Keeps.ALL;
        }
        boolean internal = spec.name().namespace().equals(Catalog.INTERNAL_NAMESPACE);
        return internal ? Keeps.NEWEST_STAGED : Keeps.COMPACTED;
    }

    @Override
    public void drop(Topic topic) {
        topic.partitions().forEach(partition -> drop(partition.shard(), partition.stream()));
    }

    void drop(int shard, long stream) {
        HeadWriter head = new HeadWriter(16);
        new DropStreamCommand(stream).encode(head);
        next(shard, stream, Command.of(DropStreamCommand.TYPE, head.toBuffer()));
    }

    /// Opens a stream to publishers again whose removal was called off.
    CompletionStage<@Nullable Void> unseal(int shard, long stream) {
        HeadWriter head = new HeadWriter(16);
        new SealStreamCommand(stream, false).encode(head);
        return next(shard, stream, Command.of(SealStreamCommand.TYPE, head.toBuffer()));
    }

    private CompletableFuture<@Nullable Void> next(int shard, long stream, Command command) {
        CompletableFuture<@Nullable Void> end = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> before = underWay.put(stream, end);
        Runnable done =
                () -> {
                    underWay.remove(stream, end);
                    end.complete(null);
                };
        if (before == null) {
            insist(shard, command, done);
        } else {
            before.thenRun(() -> insist(shard, command, done));
        }
        return end;
    }

    private void insist(int shard, Command command, Runnable done) {
        Insistence.on(core, core.port(shard), List.of(command)).whenComplete((_, _) -> done.run());
    }
}
