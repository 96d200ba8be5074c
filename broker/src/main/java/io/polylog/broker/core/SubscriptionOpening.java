package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Interest;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.OpenSubscriptionCommand;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Command;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes a named subscription where it is missing: in every partition of its topic, whichever of
/// them is meant, and in the first partition last. So where the first one has it, it was whole
/// once, and a partition without it is a later one, owed from its beginning. On the session's loop.
final class SubscriptionOpening {
    private final CoreSession session;
    private final Topic topic;
    private final SubscriptionRef ref;

    SubscriptionOpening(CoreSession session, Topic topic, SubscriptionRef ref) {
        this.session = session;
        this.topic = topic;
        this.ref = ref;
    }

    /// @throws BrokerException INVALID where a filter makes no sense, or the note is too long
    static void check(Interest interest) {
        Sieves.check(interest.filter());
        if (interest.note().length() > Interest.MOST_NOTE_CHARS) {
            throw new BrokerException(
                    Kind.INVALID,
                    "a note may be %d characters long".formatted(Interest.MOST_NOTE_CHARS));
        }
    }

    /// Completes when it is there; at once for a queue's own, which always is.
    ///
    /// @param start where it begins if it is not there yet; an offset is one of the partition that
    ///   is meant, and others begin with what they hold
    /// @param interest what it is made for if it is not there yet; of one that is there, all or the
    ///   same
    CompletableFuture<@Nullable Void> begin(Start start, Interest interest) {
        if (!ref.isNamed()) {
            return CompletableFuture.completedFuture(null);
        }
        Topic.Partition first = topic.partitions().getFirst();
        return wanted(first)
                .thenCompose(there -> {
                    if (there != null && !interest.isAll() && !interest.equals(there)) {
                        throw new BrokerException(
                                Kind.CONFLICT,
                                "subscription "
                                        + ref.name()
                                        + " has another filter, time to live, or note");
                    }
                    if (there != null) {
                        return inOthers(_ -> Start.Edge.FIRST, there);
                    }
                    return inOthers(partition -> start(partition, start), interest)
                            .thenCompose(_ -> make(first, start(first, start), interest));
                });
    }

    private Start start(Topic.Partition partition, Start asked) {
        boolean meant =
                ref.partition() == SubscriptionRef.EVERY_PARTITION
                        || ref.partition() == partition.number();
        return asked instanceof Start.Offset && !meant ? Start.Edge.FIRST : asked;
    }

    private CompletableFuture<@Nullable Void> inOthers(
            Function<Topic.Partition, Start> start, Interest interest) {
        List<Topic.Partition> all = topic.partitions();
        return CompletableFuture.allOf(
                all.subList(1, all.size()).stream()
                        .map(partition ->
                                makeWhereMissing(partition, start.apply(partition), interest))
                        .toArray(CompletableFuture<?>[]::new));
    }

    private CompletableFuture<@Nullable Void> makeWhereMissing(
            Topic.Partition partition, Start start, Interest interest) {
        return wanted(partition)
                .thenCompose(there ->
                        there != null
                                ? CompletableFuture.completedFuture(null)
                                : make(partition, start, interest));
    }

    /// What it was made for in a partition; null where it is not there.
    private CompletableFuture<@Nullable Interest> wanted(Topic.Partition partition) {
        CompletableFuture<@Nullable Interest> answer = new CompletableFuture<>();
        port(partition)
                .ask(
                        session.loop(),
                        serving -> serving.subscribed(partition.stream(), ref.name()),
                        answer::complete);
        return answer;
    }

    private CompletableFuture<@Nullable Void> make(
            Topic.Partition partition, Start start, Interest interest) {
        try {
            return FirstOffset.of(session, topic.spec().name(), partition.number(), start)
                    .thenCompose(from -> make(partition, from, interest))
                    .toCompletableFuture();
        } catch (BrokerException gone) {
            return CompletableFuture.failedFuture(gone);
        }
    }

    private CompletableFuture<@Nullable Void> make(
            Topic.Partition partition, long from, Interest interest) {
        HeadWriter head = new HeadWriter(64);
        new OpenSubscriptionCommand(partition.stream(), ref.name(), from, interest).encode(head);
        Command open = Command.of(OpenSubscriptionCommand.TYPE, head.toBuffer());
        return session.ask(port(partition), open).thenAccept(_ -> {});
    }

    private ShardPort port(Topic.Partition partition) {
        return session.core().port(partition.shard());
    }
}
