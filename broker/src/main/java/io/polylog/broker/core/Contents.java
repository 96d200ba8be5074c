package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicStats;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.ResetCommand;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.command.TrimCommand;
import io.polylog.broker.command.TrimCommand.Cause;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Serving.TakenAll;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import io.polylog.security.Operation;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Counts and empties what a session may see. On the session's loop.
final class Contents {
    private static final TopicStats NOTHING = new TopicStats(0, 0, 0);

    private final CoreSession session;

    Contents(CoreSession session) {
        this.session = session;
    }

    // Counting ---------------------------------------------------------------------------------

    CompletionStage<TopicStats> stats(SubscriptionRef what) {
        Topic topic = session.topicToRead(what.topic());
        session.core().idleQueues().used(topic);
        CompletionStage<TopicStats> sum = CompletableFuture.completedFuture(NOTHING);
        for (Topic.Partition partition : what.partitions(topic)) {
            sum =
                    sum.thenCompose(before ->
                            stats(partition, what.name()).thenApply(more -> plus(before, more)));
        }
        return sum;
    }

    private CompletionStage<TopicStats> stats(Topic.Partition partition, String subscription) {
        ShardPort port = session.core().port(partition.shard());
        return session.askAfterMine(
                        port, serving -> serving.stats(partition.stream(), subscription))
                .thenApply(stats -> stats == null ? NOTHING : stats);
    }

    /// Consumers of a topic cover all its partitions: they count once.
    private static TopicStats plus(TopicStats a, TopicStats b) {
        return new TopicStats(
                a.ready() + b.ready(),
                a.unsettled() + b.unsettled(),
                Math.max(a.consumers(), b.consumers()));
    }

    // Emptying ---------------------------------------------------------------------------------

    CompletionStage<Long> purge(SubscriptionRef what) {
        Topic topic = session.topicToRead(what.topic());
        CompletionStage<Long> sum = CompletableFuture.completedFuture(0L);
        boolean settles = what.isNamed() || topic.spec().isQueue();
        for (Topic.Partition partition : what.partitions(topic)) {
            sum =
                    sum.thenCompose(before ->
                            (settles ? settleAll(partition, what.name()) : trimAll(partition))
                                    .thenApply(count -> before + count));
        }
        return sum;
    }

    private CompletionStage<Long> settleAll(Topic.Partition partition, String subscription) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        ShardPort port = session.core().port(partition.shard());
        session.afterMine(
                port,
                () ->
                        port.ask(
                                session.loop(),
                                serving -> serving.takeAll(partition.stream(), subscription),
                                all -> settle(port, all, done)));
        return done;
    }

    /// Removes a message that is hidden.
    CompletionStage<Boolean> cancel(TopicName name, long offset) {
        session.require(Operation.CONFIGURE, name.namespace(), name.name());
        Topic topic = session.topicNamed(name);
        if (!topic.spec().isQueue()) {
            throw new BrokerException(Kind.INVALID, name + " is not a queue");
        }
        Topic.Partition queue = topic.partitions().getFirst();
        ShardPort port = session.core().port(queue.shard());
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        port.ask(
                session.loop(),
                serving -> serving.ownId(queue.stream()),
                id -> cancel(port, id, offset, done));
        return done;
    }

    private void cancel(ShardPort port, long id, long offset, CompletableFuture<Boolean> done) {
        HeadWriter head = new HeadWriter(24);
        new SettleCommand(
                        id,
                        SettleCommand.ANY_EPOCH,
                        Outcome.CANCELLED,
                        List.of(new Span(offset, offset + 1, 0)))
                .encode(head);
        session.ask(port, Command.of(SettleCommand.TYPE, head.toBuffer()))
                .whenComplete((_, failed) -> {
                    if (failed == null || conflict(failed)) {
                        done.complete(failed == null);
                    } else {
                        done.completeExceptionally(failed);
                    }
                });
    }

    private CompletionStage<Long> trimAll(Topic.Partition partition) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        ShardPort port = session.core().port(partition.shard());
        session.afterMine(port, () -> trimAll(port, partition.stream(), done));
        return done;
    }

    private void settle(ShardPort port, TakenAll taken, CompletableFuture<Long> done) {
        List<Assignment> all = taken.assignments();
        long count = Assignment.count(all);
        CompletionStage<Object> last = CompletableFuture.completedFuture(count);
        for (int from = 0; from < all.size(); from += SettleCommand.MAX_SPANS) {
            List<Assignment> part =
                    all.subList(from, Math.min(all.size(), from + SettleCommand.MAX_SPANS));
            List<Span> spans = Assignment.spans(part);
            HeadWriter head = new HeadWriter(24 + spans.size() * 6);
            new SettleCommand(taken.subscription(), taken.epoch(), Outcome.PURGED, spans)
                    .encode(head);
            last = session.ask(port, Command.of(SettleCommand.TYPE, head.toBuffer()));
        }
        last.whenComplete((_, failed) -> {
            // What was trimmed meanwhile is gone all the same; what a new leader has now is not.
            boolean gone =
                    failed != null
                            && conflict(failed)
                            && port.epoch() == SettleCommand.leader(taken.epoch());
            if (failed == null || gone) {
                done.complete(count);
            } else {
                port.run(serving -> serving.giveBack(taken.subscription(), taken.epoch(), all));
                done.completeExceptionally(failed);
            }
        });
    }

    private static boolean conflict(Throwable failed) {
        return failed instanceof BrokerException refused && refused.kind() == Kind.CONFLICT;
    }

    private void trimAll(ShardPort port, long stream, CompletableFuture<Long> done) {
        StreamEnds ends = port.ends(stream);
        if (ends == null) {
            done.complete(0L);
            return;
        }
        trim(port, new TrimCommand(stream, ends.end(), Cause.PURGED))
                .whenComplete((count, failed) -> {
                    if (failed == null) {
                        done.complete((Long) count);
                    } else {
                        done.completeExceptionally(failed);
                    }
                });
    }

    // Replaying --------------------------------------------------------------------------------

    /// Owes a subscription again what it has settled.
    CompletionStage<Long> reset(SubscriptionRef what, Start from) {
        Topic topic = session.topicToRead(what.topic());
        List<Topic.Partition> partitions = what.partitions(topic);
        if (!what.isNamed() && topic.spec().policy().keep().isNothing()) {
            throw new BrokerException(
                    Kind.INVALID,
                    topic.spec().isQueue()
                            ? what.topic() + " keeps nothing that is settled"
                            : what.topic() + " is no subscription");
        }
        if (from instanceof Start.Offset && partitions.size() > 1) {
            throw new BrokerException(
                    Kind.INVALID,
                    "%s has %d partitions, an offset is of one"
                            .formatted(what.topic(), partitions.size()));
        }
        CompletionStage<Long> sum = CompletableFuture.completedFuture(0L);
        for (Topic.Partition partition : partitions) {
            sum =
                    sum.thenCompose(before ->
                            FirstOffset.of(session, what.topic(), partition.number(), from)
                                    .thenCompose(first -> reset(partition, what.name(), first))
                                    .thenApply(count -> before + count));
        }
        return sum;
    }

    private CompletionStage<Long> reset(Topic.Partition partition, String name, long first) {
        ShardPort port = session.core().port(partition.shard());
        CompletableFuture<Long> done = new CompletableFuture<>();
        HeadWriter head = new HeadWriter(64);
        new ResetCommand(partition.stream(), name, first).encode(head);
        session.afterMine(
                port,
                () ->
                        session.ask(port, Command.of(ResetCommand.TYPE, head.toBuffer()))
                                .whenComplete((count, failed) -> {
                                    if (failed == null) {
                                        port.run(serving ->
                                                serving.sifting()
                                                        .again(partition.stream(), name, first));
                                        done.complete((Long) count);
                                    } else {
                                        done.completeExceptionally(failed);
                                    }
                                }));
        return done;
    }

    /// Removes the oldest records of a partition.
    CompletionStage<Long> trim(TopicName name, int number, long start) {
        session.require(Operation.CONFIGURE, name.namespace(), name.name());
        Topic topic = session.topicNamed(name);
        if (number < 0 || number >= topic.partitions().size()) {
            throw new BrokerException(Kind.NOT_FOUND, name + " has no partition " + number);
        }
        if (topic.spec().retention().untilSettled()) {
            throw new BrokerException(Kind.INVALID, name + " is a queue: settle or purge it");
        }
        Topic.Partition partition = topic.partitions().get(number);
        ShardPort port = session.core().port(partition.shard());
        StreamEnds ends = port.ends(partition.stream());
        if (ends == null || start > ends.end()) {
            throw new BrokerException(Kind.INVALID, name + " ends before offset " + start);
        }
        return trim(port, new TrimCommand(partition.stream(), start, Cause.DELETED))
                .thenApply(_ -> ends.start());
    }

    private CompletionStage<Object> trim(ShardPort port, TrimCommand command) {
        HeadWriter head = new HeadWriter(24);
        command.encode(head);
        return session.ask(port, Command.of(TrimCommand.TYPE, head.toBuffer()));
    }
}
