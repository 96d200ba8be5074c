package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Topic;
import io.polylog.broker.command.DeleteTopicCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.SealStreamCommand;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Removes topics and queues. The end of the definition is the decision: before it nothing is lost,
/// after it the streams go, now or at the next start. What a removal depends on is made sure of
/// before, in the shards: that nobody consumes (nobody may attach from then on), that nothing is
/// held (the streams are sealed until it is decided). Of one topic one removal goes on at a time.
/// Any thread.
final class TopicRemoval {
    private static final long RETRY_NANOS = 20_000_000;

    private final Core core;

    /// By topic, the end of the removal that was asked for last.
    private final Map<UUID, CompletableFuture<@Nullable Void>> running = new ConcurrentHashMap<>();

    TopicRemoval(Core core) {
        this.core = core;
    }

    /// Removes a topic; gives the number of messages that were ready. Completes on the mailbox.
    CompletionStage<Long> remove(Mailbox loop, Topic topic, boolean ifUnused, boolean ifEmpty) {
        return alone(
                loop,
                topic,
                () ->
                        closeAll(loop, topic, ifUnused)
                                .thenCompose(count ->
                                        decide(loop, topic, ifEmpty).thenApply(_ -> count)));
    }

    private CompletionStage<?> decide(Mailbox loop, Topic topic, boolean ifEmpty) {
        CompletionStage<?> mayGo =
                ifEmpty ? sealAll(loop, topic) : CompletableFuture.completedFuture(null);
        return mayGo.thenCompose(_ -> undefine(loop, topic))
                .thenCompose(_ -> on(loop, core.streams().whenDone(topic)))
                .whenComplete((_, failed) -> {
                    if (failed != null) {
                        reopenAll(topic);
                    }
                });
    }

    /// Lets a provisional topic give way to another one of its name, if it is empty; else fails
    /// CONFLICT. Completes on the mailbox.
    ///
    /// @param declaration of the other one
    CompletionStage<Object> replace(Mailbox loop, Topic provisional, Command declaration) {
        if (provisional.partitions().stream().anyMatch(this::holdsSomething)) {
            return CompletableFuture.failedFuture(conflict(provisional));
        }
        return alone(
                loop,
                provisional,
                () ->
                        sealAll(loop, provisional)
                                .exceptionallyCompose(
                                        _ -> CompletableFuture.failedFuture(conflict(provisional)))
                                .thenCompose(_ -> redefine(loop, provisional, declaration)));
    }

    private CompletionStage<Object> redefine(Mailbox loop, Topic sealed, Command declaration) {
        return insist(loop, core::proposeDefinition, declaration, Urgency.PUBLISH)
                .whenComplete((_, failed) -> {
                    if (failed != null) {
                        unsealAll(sealed);
                    }
                });
    }

    private static BrokerException conflict(Topic topic) {
        return new BrokerException(
                Kind.CONFLICT, topic.spec().name() + " exists with other properties");
    }

    private boolean holdsSomething(Topic.Partition partition) {
        var ends = core.port(partition.shard()).ends(partition.stream());
        return ends != null && ends.end() > ends.start();
    }

    // One at a time ----------------------------------------------------------------------------

    private <T> CompletionStage<T> alone(
            Mailbox loop, Topic topic, Supplier<CompletionStage<T>> removal) {
        CompletableFuture<@Nullable Void> mine = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> before = running.put(topic.id(), mine);
        CompletionStage<T> result =
                before == null ? removal.get() : on(loop, before).thenCompose(_ -> removal.get());
        return result.whenComplete((_, _) -> {
            running.remove(topic.id(), mine);
            mine.complete(null);
        });
    }

    /// Completes on the mailbox when the other one is complete.
    private static CompletionStage<@Nullable Void> on(
            Mailbox loop, CompletableFuture<@Nullable Void> other) {
        CompletableFuture<@Nullable Void> there = new CompletableFuture<>();
        other.whenComplete((_, _) -> loop.post(() -> there.complete(null)));
        return there;
    }

    // The definition ---------------------------------------------------------------------------

    private CompletionStage<?> undefine(Mailbox loop, Topic topic) {
        HeadWriter head = new HeadWriter(24);
        new DeleteTopicCommand(topic.id()).encode(head);
        Command command = Definer.command(DeleteTopicCommand.TYPE, head);
        return insist(loop, core::proposeDefinition, command, Urgency.SETTLE)
                .exceptionallyCompose(failed -> {
                    boolean gone =
                            failed instanceof BrokerException e && e.kind() == Kind.NOT_FOUND;
                    return gone
                            ? CompletableFuture.completedFuture(true)
                            : CompletableFuture.failedFuture(failed);
                });
    }

    /// Proposes a command until it is decided: what has begun must not stay half done.
    private CompletableFuture<Object> insist(
            Mailbox loop, Consumer<Batch> log, Command command, Urgency urgency) {
        CompletableFuture<Object> done = new CompletableFuture<>();
        insist(loop, ask -> log.accept(ask.batch(command, urgency)), urgency, done);
        return done;
    }

    private void insist(
            Mailbox loop, Consumer<Ask> proposal, Urgency urgency, CompletableFuture<Object> done) {
        Ask ask = new Ask(loop);
        proposal.accept(ask);
        ask.answer()
                .whenComplete((answer, failed) -> {
                    Batch.Refusal refusal = ask.refusal();
                    if (failed == null) {
                        done.complete(answer);
                    } else if (refusal == null ? !isBusy(failed) : isFinal(refusal, urgency)) {
                        done.completeExceptionally(failed);
                    } else {
                        Runnable again = () -> insist(loop, proposal, urgency, done);
                        core.scheduler().after(RETRY_NANOS, () -> loop.post(again));
                    }
                });
    }

    /// A transaction that is being decided ends soon.
    private static boolean isBusy(Throwable failed) {
        return failed instanceof BrokerException refused && refused.kind() == Kind.BUSY;
    }

    private static boolean isFinal(Batch.Refusal refusal, Urgency urgency) {
        return refusal == Batch.Refusal.CLOSED
                || (refusal == Batch.Refusal.DISK_FULL && urgency == Urgency.PUBLISH);
    }

    // The shards -------------------------------------------------------------------------------

    /// From now on nobody may attach; gives the number of messages that are ready.
    private CompletionStage<Long> closeAll(Mailbox loop, Topic topic, boolean ifUnused) {
        return inTurn(topic, partition -> close(loop, topic, partition, ifUnused))
                .whenComplete((_, failed) -> {
                    if (failed != null) {
                        reopenAll(topic);
                    }
                });
    }

    private CompletionStage<Long> close(
            Mailbox loop, Topic topic, Topic.Partition partition, boolean ifUnused) {
        CompletableFuture<Long> closed = new CompletableFuture<>();
        core.port(partition.shard())
                .ask(
                        loop,
                        serving -> serving.close(partition.stream(), ifUnused),
                        ready -> {
                            if (ready >= 0) {
                                closed.complete(ready);
                            } else {
                                closed.completeExceptionally(
                                        new BrokerException(
                                                Kind.IN_USE,
                                                topic.spec().name() + " has consumers"));
                            }
                        });
        return closed;
    }

    private void reopenAll(Topic topic) {
        for (Topic.Partition partition : topic.partitions()) {
            core.port(partition.shard()).run(serving -> serving.reopen(partition.stream()));
        }
    }

    /// From now on nothing may be added; fails when something is there.
    private CompletionStage<Long> sealAll(Mailbox loop, Topic topic) {
        return inTurn(topic, partition -> seal(loop, partition))
                .whenComplete((_, failed) -> {
                    if (failed != null) {
                        unsealAll(topic);
                    }
                });
    }

    private CompletionStage<Long> seal(Mailbox loop, Topic.Partition partition) {
        HeadWriter head = new HeadWriter(16);
        new SealStreamCommand(partition.stream(), true).encode(head);
        Command command = Definer.command(SealStreamCommand.TYPE, head);
        ShardPort port = core.port(partition.shard());
        return insist(loop, port::propose, command, Urgency.SETTLE).thenApply(_ -> 0L);
    }

    private void unsealAll(Topic topic) {
        for (Topic.Partition partition : topic.partitions()) {
            core.streams().unseal(partition.shard(), partition.stream());
        }
    }

    /// Does something with each partition, one after the other; gives the sum.
    private static CompletionStage<Long> inTurn(
            Topic topic, Function<Topic.Partition, CompletionStage<Long>> what) {
        CompletionStage<Long> sum = CompletableFuture.completedFuture(0L);
        for (Topic.Partition partition : topic.partitions()) {
            sum =
                    sum.thenCompose(
                            before -> what.apply(partition).thenApply(count -> before + count));
        }
        return sum;
    }
}
