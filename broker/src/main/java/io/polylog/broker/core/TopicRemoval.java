package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Topic;
import io.polylog.broker.command.DeleteTopicCommand;
import io.polylog.broker.command.DropStreamCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Removes topics and queues: first what they hold, in their shards, where it can be refused
/// without a race; then the definition. A crash between leaves the topic, empty.
final class TopicRemoval {
    private static final long RETRY_NANOS = 20_000_000;

    private final Core core;

    TopicRemoval(Core core) {
        this.core = core;
    }

    /// Removes a topic; gives the number of messages that were ready.
    CompletionStage<Long> remove(Mailbox loop, Topic topic, boolean ifUnused, boolean ifEmpty) {
        return closeAll(loop, topic, ifUnused)
                .thenCompose(_ -> dropAll(loop, topic, ifEmpty))
                .thenCompose(count -> undefine(loop, topic).thenApply(_ -> count));
    }

    private CompletionStage<@Nullable Void> undefine(Mailbox loop, Topic topic) {
        HeadWriter head = new HeadWriter(24);
        new DeleteTopicCommand(topic.id()).encode(head);
        Command command = Definer.command(DeleteTopicCommand.TYPE, head);
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        insist(loop, core::proposeDefinition, command)
                .whenComplete((_, failed) -> {
                    boolean gone =
                            failed instanceof BrokerException e && e.kind() == Kind.NOT_FOUND;
                    if (failed == null || gone) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(failed);
                    }
                });
        return done;
    }

    /// Proposes a command until it is decided: a removal that has begun must not stay half done.
    private CompletableFuture<Object> insist(Mailbox loop, Consumer<Batch> log, Command command) {
        CompletableFuture<Object> done = new CompletableFuture<>();
        insist(loop, log, command, done);
        return done;
    }

    private void insist(
            Mailbox loop, Consumer<Batch> log, Command command, CompletableFuture<Object> done) {
        Ask ask = new Ask(loop);
        log.accept(ask.batch(command, Urgency.SETTLE));
        ask.answer()
                .whenComplete((answer, failed) -> {
                    Batch.Refusal refusal = ask.refusal();
                    if (failed == null) {
                        done.complete(answer);
                    } else if (refusal == null || refusal == Batch.Refusal.CLOSED) {
                        done.completeExceptionally(failed);
                    } else {
                        Runnable again = () -> insist(loop, log, command, done);
                        core.scheduler().after(RETRY_NANOS, () -> loop.post(again));
                    }
                });
    }

    /// Empties a topic that gives way to another one of its name; fails CONFLICT when it holds
    /// something.
    CompletionStage<Long> dropIfEmpty(Mailbox loop, Topic topic) {
        boolean mayHold = topic.partitions().stream().anyMatch(this::holdsSomething);
        if (mayHold) {
            throw conflict(topic);
        }
        return dropAll(loop, topic, true)
                .exceptionallyCompose(_ -> CompletableFuture.failedFuture(conflict(topic)));
    }

    private static BrokerException conflict(Topic topic) {
        return new BrokerException(
                Kind.CONFLICT, topic.spec().name() + " exists with other properties");
    }

    private boolean holdsSomething(Topic.Partition partition) {
        var ends = core.port(partition.shard()).ends(partition.stream());
        return ends != null && ends.end() > ends.start();
    }

    private CompletionStage<@Nullable Void> closeAll(Mailbox loop, Topic topic, boolean ifUnused) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        close(loop, topic, ifUnused, 0, done);
        return done;
    }

    private void close(
            Mailbox loop,
            Topic topic,
            boolean ifUnused,
            int number,
            CompletableFuture<@Nullable Void> done) {
        if (number == topic.partitions().size()) {
            done.complete(null);
            return;
        }
        Topic.Partition partition = topic.partitions().get(number);
        core.port(partition.shard())
                .ask(
                        loop,
                        serving -> serving.close(partition.stream(), ifUnused),
                        closed -> {
                            if (closed) {
                                close(loop, topic, ifUnused, number + 1, done);
                            } else {
                                reopen(topic, number);
                                done.completeExceptionally(
                                        new BrokerException(
                                                Kind.IN_USE,
                                                topic.spec().name() + " has consumers"));
                            }
                        });
    }

    private void reopen(Topic topic, int below) {
        for (Topic.Partition partition : topic.partitions().subList(0, below)) {
            core.port(partition.shard()).run(serving -> serving.reopen(partition.stream()));
        }
    }

    private CompletionStage<Long> dropAll(Mailbox loop, Topic topic, boolean ifEmpty) {
        CompletionStage<Long> sum = CompletableFuture.completedFuture(0L);
        for (Topic.Partition partition : topic.partitions()) {
            sum =
                    sum.thenCompose(before ->
                            drop(loop, partition, ifEmpty).thenApply(count -> before + count));
        }
        return sum;
    }

    private CompletionStage<Long> drop(Mailbox loop, Topic.Partition partition, boolean ifEmpty) {
        HeadWriter head = new HeadWriter(16);
        new DropStreamCommand(partition.stream(), ifEmpty).encode(head);
        Command command = Definer.command(DropStreamCommand.TYPE, head);
        ShardPort port = core.port(partition.shard());
        return insist(loop, port::propose, command).thenApply(Long.class::cast);
    }
}
