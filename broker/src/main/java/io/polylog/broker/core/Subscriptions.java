package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Interest;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.SubscriptionState;
import io.polylog.broker.Topic;
import io.polylog.broker.command.AlterSubscriptionCommand;
import io.polylog.broker.command.DropSubscriptionCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.shard.Serving;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import io.polylog.security.Operation;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a session knows of the named subscriptions of a topic, and how it removes them. As they are
/// made in the first partition last ([SubscriptionOpening]), they are removed there last: what a
/// crash cuts off is still there, and can be removed again. On the session's loop.
final class Subscriptions {
    private final CoreSession session;

    Subscriptions(CoreSession session) {
        this.session = session;
    }

    /// What they are for, by their names.
    CompletionStage<Map<String, Interest>> all(TopicName name) {
        Topic.Partition first = session.topicToRead(name).partitions().getFirst();
        return after(first, serving -> serving.inspection().subscriptions(first.stream()));
    }

    CompletionStage<SubscriptionState> describe(SubscriptionRef ref) {
        requireNamed(ref);
        CompletionStage<@Nullable SubscriptionState> all = CompletableFuture.completedFuture(null);
        for (Topic.Partition partition : ref.partitions(session.topicToRead(ref.topic()))) {
            all =
                    all.thenCompose(before ->
                            in(partition, ref.name()).thenApply(more -> plus(before, more)));
        }
        return all.thenApply(state -> {
            if (state == null) {
                throw missing(ref);
            }
            return state;
        });
    }

    private CompletionStage<@Nullable SubscriptionState> in(
            Topic.Partition partition, String name) {
        return after(
                partition,
                serving ->
                        serving.inspection()
                                .subscription(partition.stream(), partition.number(), name));
    }

    private static @Nullable SubscriptionState plus(
            @Nullable SubscriptionState before, @Nullable SubscriptionState more) {
        return before == null || more == null
                ? (before == null ? more : before)
                : before.with(more);
    }

    /// In the first partition last: where that has it, the others have it too.
    CompletionStage<@Nullable Void> alter(SubscriptionRef ref, Interest interest) {
        SubscriptionOpening.check(interest);
        CompletionStage<@Nullable Void> done = CompletableFuture.completedFuture(null);
        for (Topic.Partition partition : toChange(ref).reversed()) {
            HeadWriter head = new HeadWriter(64);
            new AlterSubscriptionCommand(partition.stream(), ref.name(), interest).encode(head);
            Command alter = Command.of(AlterSubscriptionCommand.TYPE, head.toBuffer());
            ShardPort port = session.core().port(partition.shard());
            done = done.thenCompose(_ -> session.ask(port, alter)).thenApply(_ -> null);
        }
        return done;
    }

    private List<Topic.Partition> toChange(SubscriptionRef ref) {
        TopicName name = ref.topic();
        session.require(Operation.CONFIGURE, name.namespace(), name.name());
        requireNamed(ref);
        Topic topic = session.topicNamed(name);
        session.requireNotLocked(topic);
        if (ref.partition() != SubscriptionRef.EVERY_PARTITION) {
            throw new BrokerException(
                    Kind.INVALID,
                    "a subscription is changed or goes with all its partitions, or not at all");
        }
        return topic.partitions();
    }

    CompletionStage<Long> delete(SubscriptionRef ref) {
        List<Topic.Partition> all = toChange(ref);
        CompletionStage<Long> ready = CompletableFuture.completedFuture(0L);
        for (Topic.Partition partition : all.subList(1, all.size())) {
            ready =
                    ready.thenCompose(before ->
                            drop(partition, ref.name())
                                    .thenApply(more -> before + Math.max(0, more)));
        }
        return ready.thenCompose(before ->
                drop(all.getFirst(), ref.name())
                        .thenApply(more -> {
                            if (more < 0) {
                                throw missing(ref);
                            }
                            return before + more;
                        }));
    }

    /// Gives how many messages were ready, -1 where it is not there.
    private CompletionStage<Long> drop(Topic.Partition partition, String name) {
        HeadWriter head = new HeadWriter(64);
        new DropSubscriptionCommand(partition.stream(), name).encode(head);
        Command drop = Command.of(DropSubscriptionCommand.TYPE, head.toBuffer());
        CompletableFuture<Long> done = new CompletableFuture<>();
        ShardPort port = session.core().port(partition.shard());
        session.afterMine(
                port,
                () ->
                        session.ask(port, drop)
                                .whenComplete((ready, failed) -> {
                                    Throwable why =
                                            failed == null ? null : BrokerException.reason(failed);
                                    boolean missing =
                                            why instanceof BrokerException refused
                                                    && refused.kind() == Kind.NOT_FOUND;
                                    if (why == null || missing) {
                                        done.complete(missing ? -1L : (Long) ready);
                                    } else {
                                        done.completeExceptionally(why);
                                    }
                                }));
        return done;
    }

    /// Asks a shard when all that the session did so far is there.
    private <T extends @Nullable Object> CompletionStage<T> after(
            Topic.Partition partition, Function<Serving, T> question) {
        return session.askAfterMine(session.core().port(partition.shard()), question);
    }

    private static void requireNamed(SubscriptionRef ref) {
        if (!ref.isNamed()) {
            throw new BrokerException(Kind.INVALID, ref.topic() + " is no subscription");
        }
    }

    private static BrokerException missing(SubscriptionRef ref) {
        return new BrokerException(
                Kind.NOT_FOUND, "no subscription '%s' of '%s'".formatted(ref.name(), ref.topic()));
    }
}
