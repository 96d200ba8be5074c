package io.polylog.broker.core;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Interest;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.core.SettleBuffer.Fate;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Serving.Taken;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.Sifting.Left;
import io.polylog.log.RecordStore.Damage;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a session takes one by one, outside any consumer. On the session's loop.
final class Taking {
    /// How long nothing is said of an empty queue, while letters may be on their way to it.
    private static final long LETTERS_NANOS = 1_000_000_000;

    private static final int MOST_SENDERS = 64;

    private final CoreSession session;

    /// Queues of which this session rejected something, or gave it back, since it last looked into
    /// an empty one. Those forgotten for their number are not waited for.
    private final Set<Long> senders = new LinkedHashSet<>(0);

    /// By subscription.
    private final Map<Long, Open> taken = new HashMap<>(0);

    /// What was taken and is not settled.
    ///
    /// @param epoch in which the shard's leader gave it: what an earlier one gave is void
    private record Open(long epoch, Leases claims) {}

    /// Hears what is lost.
    interface Lost {
        void lost(long subscription, long epoch, Leases claims);
    }

    /// Whose turn it is among the partitions of a topic.
    private int turn;

    Taking(CoreSession session) {
        this.session = session;
    }

    /// Who takes what.
    ///
    /// @param rest partitions to look at where this one has nothing
    private record Wish(
            Topic topic,
            Topic.Partition partition,
            ShardPort port,
            String subscription,
            boolean settleOnSend,
            Iterator<Topic.Partition> rest,
            CompletableFuture<Optional<Delivery>> done) {}

    CompletionStage<Optional<Delivery>> take(SubscriptionRef ref, boolean settleOnSend) {
        Topic topic = session.topicToRead(ref.topic());
        session.core().idleQueues().used(topic);
        List<Topic.Partition> partitions = new ArrayList<>(ref.partitions(topic));
        Collections.rotate(partitions, turn++ % partitions.size());
        CompletableFuture<Optional<Delivery>> done = new CompletableFuture<>();
        return new SubscriptionOpening(session, topic, ref)
                .begin(Start.Edge.NEXT, Interest.ALL)
                .thenCompose(_ -> {
                    takeNext(topic, ref.name(), settleOnSend, partitions.iterator(), done);
                    return done;
                });
    }

    private void takeNext(
            Topic topic,
            String subscription,
            boolean settleOnSend,
            Iterator<Topic.Partition> rest,
            CompletableFuture<Optional<Delivery>> done) {
        if (!rest.hasNext()) {
            foundNothing(topic, subscription, settleOnSend, done);
            return;
        }
        Topic.Partition partition = rest.next();
        ShardPort port = session.core().port(partition.shard());
        Wish wish = new Wish(topic, partition, port, subscription, settleOnSend, rest, done);
        session.afterMine(port, () -> take(wish));
    }

    /// What this session rejected may be on its way here: it is to find it.
    private void foundNothing(
            Topic topic,
            String subscription,
            boolean settleOnSend,
            CompletableFuture<Optional<Delivery>> done) {
        if (senders.isEmpty() || !topic.spec().isQueue()) {
            done.complete(Optional.empty());
            return;
        }
        CompletableFuture<@Nullable Void> sent =
                CompletableFuture.allOf(
                        senders.stream().map(this::sent).toArray(CompletableFuture<?>[]::new));
        senders.clear();
        session.core().scheduler().after(LETTERS_NANOS, () -> sent.complete(null));
        var again = topic.partitions().iterator();
        sent.whenComplete((_, _) ->
                session.loop()
                        .post(() -> takeNext(topic, subscription, settleOnSend, again, done)));
    }

    /// Completes when what a queue sends so far is where it goes.
    private CompletableFuture<@Nullable Void> sent(long stream) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        ShardPort port = session.core().port(StreamId.shard(stream));
        session.afterMine(
                port,
                () ->
                        port.ask(
                                session.loop(),
                                serving -> serving.inspection().sendsTo(stream),
                                end ->
                                        session.core()
                                                .mover()
                                                .whenSent(stream, end, () -> done.complete(null))));
        return done;
    }

    /// A delivery leaves its queue without being wanted, or may do so when it is back.
    void sends(Delivery delivery) {
        if (senders.size() < MOST_SENDERS) {
            senders.add(StreamId.stream(delivery.subscription()));
        }
    }

    private void take(Wish wish) {
        wish.port.ask(
                session.loop(),
                serving -> serving.take(wish.partition.stream(), wish.subscription),
                taking -> {
                    if (taking == null) {
                        takeNext(
                                wish.topic,
                                wish.subscription,
                                wish.settleOnSend,
                                wish.rest,
                                wish.done);
                    } else {
                        taken(wish, taking);
                    }
                });
    }

    private void taken(Wish wish, Taken taking) {
        Assignment assignment = taking.assignment();
        if (session.isClosed()) {
            wish.port.run(serving ->
                    serving.giveBack(taking.subscription(), taking.epoch(), List.of(assignment)));
            return;
        }
        Read read = wish.port.store().read(wish.partition.stream(), assignment.first(), 1);
        StoredRecord stored = read.records().isEmpty() ? null : read.records().getFirst();
        Damage damage = read.damage();
        if (stored != null && stored.offset() <= assignment.first()) {
            Delivery delivery = delivery(wish.topic, wish.partition, taking, stored);
            Delivery shown = shown(wish, taking, delivery);
            if (shown == null) {
                take(wish);
            } else if (isExpired(taking, delivery)) {
                session.consumers().expired(taking, assignment);
                take(wish);
            } else {
                give(wish, taking, shown);
            }
        } else if (stored == null && damage != null && damage.firstOffset() <= assignment.first()) {
            wish.port.run(serving ->
                    serving.setAside(
                            taking.subscription(), damage.firstOffset(), damage.endOffset()));
            wish.done.completeExceptionally(
                    session.core().damages().found(wish.topic, wish.partition.number(), damage));
        } else {
            take(wish); // it was removed meanwhile
        }
    }

    /// What the subscription makes of a message; null where it does not want it: then it leaves.
    private @Nullable Delivery shown(Wish wish, Taken taking, Delivery delivery) {
        Sieve sieve = session.core().sieves().of(taking.interest().filter(), wish.port);
        if (sieve == null) {
            return delivery;
        }
        Delivery shown =
                sieve.wants(delivery.content(), delivery.indexInRecord())
                        ? sieve.shown(delivery)
                        : null;
        if (shown != null) {
            return shown;
        }
        Assignment it = taking.assignment();
        sieve.unwanted(it.first(), it.attempt());
        Left left = sieve.takeLeft();
        wish.port.run(
                serving -> serving.sifting().left(taking.subscription(), taking.epoch(), left));
        return null;
    }

    private boolean isExpired(Taken taking, Delivery delivery) {
        long endMs = Lifespan.of(taking.interest()).endMs(delivery.content(), delivery.timeMs());
        return endMs <= session.core().clock().wallMs();
    }

    /// @param ownMs how long it may stay unsettled, or -1 for as long as the topic says
    private void hold(Topic topic, long epoch, long ownMs, Delivery delivery) {
        Open open = taken.get(delivery.subscription());
        if (open == null || open.epoch < epoch) {
            open = new Open(epoch, session.consumers().leases(topic, ownMs));
            taken.put(delivery.subscription(), open);
        }
        open.claims.add(delivery.offset(), delivery.attempt());
        session.consumers().watch(open.claims);
    }

    /// What somebody else took for this session counts as taken.
    Delivery adopt(Topic topic, Topic.Partition partition, Taken given, StoredRecord stored) {
        Delivery delivery = delivery(topic, partition, given, stored);
        hold(topic, given.epoch(), given.interest().ackTimeoutMs(), delivery);
        return delivery;
    }

    private void give(Wish wish, Taken given, Delivery delivery) {
        hold(wish.topic, given.epoch(), given.interest().ackTimeoutMs(), delivery);
        if (!wish.settleOnSend) {
            wish.done.complete(Optional.of(delivery));
            return;
        }
        session.consumers()
                .settle(List.of(delivery), Fate.of(Outcome.ACCEPTED), true)
                .whenComplete((_, failed) -> {
                    if (failed == null) {
                        wish.done.complete(Optional.of(delivery));
                    } else {
                        wish.done.completeExceptionally(failed);
                    }
                });
    }

    private static Delivery delivery(
            Topic topic, Topic.Partition partition, Taken taking, StoredRecord stored) {
        Assignment assignment = taking.assignment();
        return new Delivery(
                topic.spec().name(),
                partition.number(),
                taking.subscription(),
                0,
                assignment.first(),
                assignment.attempt(),
                assignment.redelivered(),
                stored.timeMs(),
                (int) (assignment.first() - stored.offset()),
                StoredContent.isBatch(stored),
                StoredContent.content(stored));
    }

    /// A delivery that was taken is being settled.
    void forget(Delivery delivery) {
        Open open = taken.get(delivery.subscription());
        if (open != null
                && open.claims.remove(delivery.offset(), delivery.attempt())
                && open.claims.isEmpty()) {
            taken.remove(delivery.subscription());
        }
    }

    /// In which a delivery's leader gave it, or [SettleCommand#NO_EPOCH] when it is not to be
    /// settled any more.
    long epoch(Delivery delivery) {
        Open open = taken.get(delivery.subscription());
        return open != null && open.claims.has(delivery.offset(), delivery.attempt())
                ? open.epoch
                : SettleCommand.NO_EPOCH;
    }

    /// Begins the time of a delivery anew; false when it is not held any more.
    boolean renew(Delivery delivery) {
        Open open = taken.get(delivery.subscription());
        return open != null && open.claims.renew(delivery.offset(), delivery.attempt());
    }

    /// Takes out what was kept too long.
    ///
    /// @return as [Leases#nanosToDue]
    long takeOverdue(Overdue overdue) {
        long next = Long.MAX_VALUE;
        for (Map.Entry<Long, Open> each : taken.entrySet()) {
            Open open = each.getValue();
            for (SettleCommand.Span span : open.claims.takeOverdue()) {
                overdue.overdue(each.getKey(), open.epoch, open.claims.whenOverdue(), span);
            }
            next = Math.min(next, open.claims.nanosToDue());
        }
        taken.values().removeIf(open -> open.claims.isEmpty());
        return next;
    }

    /// Hears what was kept too long.
    interface Overdue {
        void overdue(long subscription, long epoch, Fate fate, SettleCommand.Span span);
    }

    /// Forgets everything; `lost` hears of what was not settled.
    void clear(Lost lost) {
        taken.forEach((subscription, open) -> lost.lost(subscription, open.epoch, open.claims));
        taken.clear();
    }
}
