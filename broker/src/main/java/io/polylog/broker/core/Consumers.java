package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Attachment;
import io.polylog.broker.shard.Serving.Taken;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.RecordStore.Damage;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a session consumes: its consumers, what it took, and what of both is not settled. On the
/// session's loop.
final class Consumers {
    private static final String OWN = "";

    private final CoreSession session;
    private final SettleBuffer settles;
    private final List<LoopConsumer> consumers = new ArrayList<>(1);

    /// By number: where deliveries came from that may be settled.
    private final Map<Long, Lane> lanes = new HashMap<>(2);

    private long lanesMade;

    /// By subscription: taken one by one, outside any consumer.
    private final Map<Long, Claims> taken = new HashMap<>(0);

    Consumers(CoreSession session) {
        this.session = session;
        settles = new SettleBuffer(session);
    }

    SettleBuffer settles() {
        return settles;
    }

    // Attaching --------------------------------------------------------------------------------

    CompletionStage<Consumer> consume(ConsumeSpec spec, DeliveryListener listener) {
        Topic topic = session.topicToRead(spec.subscription().topic());
        String name = spec.subscription().name();
        if (name.equals(OWN) && !topic.spec().isQueue()) {
            throw new BrokerException(
                    Kind.INVALID, topic.spec().name() + " is read through a named subscription");
        }
        LoopConsumer consumer = new LoopConsumer(session, spec, listener);
        CompletableFuture<Consumer> done = new CompletableFuture<>();
        List<Topic.Partition> partitions = topic.partitions();
        for (Topic.Partition partition : partitions) {
            ShardPort port = session.core().port(partition.shard());
            consumer.lanes().add(new Lane(++lanesMade, consumer, port, topic, partition));
        }
        consumers.add(consumer);
        new Attaching(session, consumer, done).begin();
        return done;
    }

    /// A lane of a consumer got its place.
    void attached(Lane lane) {
        lanes.put(lane.number, lane);
    }

    /// Detaches a consumer; what it delivered stays to be settled, the rest is ready again.
    ///
    /// @return completes as [Consumer#close] says
    CompletionStage<@Nullable Void> close(LoopConsumer consumer) {
        consumer.markClosed();
        List<CompletableFuture<?>> detaching = new ArrayList<>(1);
        for (Lane lane : consumer.lanes()) {
            Attachment attachment = lane.attachment();
            if (attachment != null) {
                detaching.add(detach(lane, attachment));
            }
        }
        forgetIfIdle(consumer);
        return CompletableFuture.allOf(detaching.toArray(CompletableFuture[]::new));
    }

    private CompletableFuture<?> detach(Lane lane, Attachment attachment) {
        List<Assignment> undelivered = lane.takeUndelivered();
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        lane.port.ask(
                session.loop(),
                serving -> serving.detach(attachment),
                detached -> {
                    List<Assignment> back = new ArrayList<>(undelivered);
                    back.addAll(detached.assigned());
                    giveBack(lane, back);
                    if (detached.left() == 0) {
                        session.core()
                                .abandoned(lane.topic())
                                .whenComplete(
                                        (_, _) -> session.loop().post(() -> done.complete(null)));
                    } else {
                        done.complete(null);
                    }
                });
        return done;
    }

    /// Puts assignments back to their places; behind what the session has given back before, so
    /// that older offsets are there when the next consumer is served.
    void giveBack(Lane lane, List<Assignment> assignments) {
        long subscription = lane.subscription();
        lane.consumer().unused(assignments.stream().mapToLong(a -> a.end() - a.first()).sum());
        if (!assignments.isEmpty() && subscription >= 0) {
            settles.afterAll(
                    () -> lane.port.run(serving -> serving.giveBack(subscription, assignments)));
        }
    }

    /// A closed consumer is remembered as long as it has deliveries to be settled.
    private void forgetIfIdle(LoopConsumer consumer) {
        if (consumer.isClosed()
                && consumer.lanes().stream().allMatch(lane -> lane.claims.isEmpty())) {
            forget(consumer);
        }
    }

    /// The consumer is over and nothing of it is to be settled.
    void forget(LoopConsumer consumer) {
        consumers.remove(consumer);
        for (Lane lane : consumer.lanes()) {
            lanes.remove(lane.number);
        }
    }

    // Taking -----------------------------------------------------------------------------------

    CompletionStage<Optional<Delivery>> take(SubscriptionRef ref, boolean settleOnSend) {
        Topic topic = session.topicToRead(ref.topic());
        if (topic.partitions().size() != 1) {
            throw new BrokerException(
                    Kind.INVALID, "a topic of several partitions is consumed, not taken from");
        }
        CompletableFuture<Optional<Delivery>> done = new CompletableFuture<>();
        ShardPort port = session.core().port(topic.partitions().getFirst().shard());
        Taking taking = new Taking(topic, port, ref.name(), settleOnSend, done);
        session.afterMine(port, () -> take(taking));
        return done;
    }

    /// One message is to be taken.
    private record Taking(
            Topic topic,
            ShardPort port,
            String subscription,
            boolean settleOnSend,
            CompletableFuture<Optional<Delivery>> done) {
        long stream() {
            return topic.partitions().getFirst().stream();
        }
    }

    private void take(Taking taking) {
        taking.port.ask(
                session.loop(),
                serving -> serving.take(taking.stream(), taking.subscription),
                taken -> {
                    if (taken == null) {
                        taking.done.complete(Optional.empty());
                    } else {
                        taken(taking, taken);
                    }
                });
    }

    private void taken(Taking taking, Taken taken) {
        Assignment assignment = taken.assignment();
        if (session.isClosed()) {
            taking.port.run(serving -> serving.giveBack(taken.subscription(), List.of(assignment)));
            return;
        }
        Read read = taking.port.store().read(taking.stream(), assignment.first(), 1);
        StoredRecord stored = read.records().isEmpty() ? null : read.records().getFirst();
        Damage damage = read.damage();
        if (stored != null && stored.offset() <= assignment.first()) {
            give(taking, delivery(taking.topic, taken, stored));
        } else if (stored == null && damage != null && damage.firstOffset() <= assignment.first()) {
            taking.port.run(serving ->
                    serving.setAside(
                            taken.subscription(), damage.firstOffset(), damage.endOffset()));
            taking.done.completeExceptionally(
                    session.core().damages().found(taking.topic, 0, damage));
        } else {
            take(taking); // it was removed meanwhile
        }
    }

    private void give(Taking taking, Delivery delivery) {
        taken.computeIfAbsent(delivery.subscription(), id -> new Claims())
                .add(delivery.offset(), delivery.attempt());
        if (!taking.settleOnSend) {
            taking.done.complete(Optional.of(delivery));
            return;
        }
        settle(List.of(delivery), Settlement.ACCEPT, true)
                .whenComplete((_, failed) -> {
                    if (failed == null) {
                        taking.done.complete(Optional.of(delivery));
                    } else {
                        taking.done.completeExceptionally(failed);
                    }
                });
    }

    private static Delivery delivery(Topic topic, Taken taken, StoredRecord stored) {
        Assignment assignment = taken.assignment();
        return new Delivery(
                topic.spec().name(),
                topic.partitions().getFirst().number(),
                taken.subscription(),
                0,
                assignment.first(),
                assignment.attempt(),
                assignment.redelivered(),
                stored.timeMs(),
                (int) (assignment.first() - stored.offset()),
                StoredContent.isBatch(stored),
                StoredContent.content(stored));
    }

    // Settling ---------------------------------------------------------------------------------

    CompletionStage<@Nullable Void> settle(
            List<Delivery> deliveries, Settlement how, boolean awaited) {
        if (deliveries.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        if (awaited) {
            settles.flush(false);
        }
        Outcome outcome =
                switch (how) {
                    case ACCEPT -> Outcome.ACCEPTED;
                    case RELEASE -> Outcome.RELEASED;
                    case REJECT -> Outcome.REJECTED;
                };
        Map<LoopConsumer, Integer> settled = new HashMap<>(2);
        for (Delivery delivery : deliveries) {
            long offset = delivery.offset();
            settles.add(
                    delivery.subscription(),
                    outcome,
                    new Span(offset, offset + 1, delivery.attempt()));
            LoopConsumer consumer = forgetClaim(delivery);
            if (consumer != null) {
                settled.merge(consumer, 1, Integer::sum);
            }
        }
        CompletionStage<@Nullable Void> durable = settles.whenDurable();
        if (outcome.leaves()) {
            settled.forEach(LoopConsumer::release);
        } else {
            // Credit comes back behind the messages, so that they are served in their order.
            settles.afterAll(() -> settled.forEach(LoopConsumer::releaseLate));
        }
        if (awaited) {
            settles.flush(true);
        }
        return durable;
    }

    /// Settles deliveries that are about to be sent, for a consumer that settles nothing.
    CompletionStage<@Nullable Void> settleAhead(List<Delivery> piece) {
        settles.flush(false);
        for (Delivery delivery : piece) {
            long offset = delivery.offset();
            settles.add(
                    delivery.subscription(),
                    Outcome.ACCEPTED,
                    new Span(offset, offset + 1, delivery.attempt()));
        }
        CompletionStage<@Nullable Void> durable = settles.whenDurable();
        settles.flush(true);
        return durable;
    }

    /// Gives the consumer that got the delivery, if one did.
    private @Nullable LoopConsumer forgetClaim(Delivery delivery) {
        if (delivery.receiver() > 0) {
            Lane lane = lanes.get(delivery.receiver());
            if (lane == null || !lane.claims.remove(delivery.offset(), delivery.attempt())) {
                return null;
            }
            forgetIfIdle(lane.consumer());
            return lane.consumer();
        }
        Claims others = taken.get(delivery.subscription());
        if (others != null && others.remove(delivery.offset(), delivery.attempt())) {
            taken.computeIfPresent(
                    delivery.subscription(), (id, claims) -> claims.isEmpty() ? null : claims);
        }
        return null;
    }

    /// Ends everything: consumers go, what was not settled comes back to its place.
    void closeAll() {
        for (LoopConsumer consumer : consumers) {
            for (Lane lane : consumer.lanes()) {
                lose(lane.subscription(), lane.claims);
            }
        }
        taken.forEach(this::lose);
        List.copyOf(consumers).forEach(this::close);
        consumers.clear();
        lanes.clear();
        taken.clear();
        settles.flush(false);
    }

    private void lose(long subscription, Claims claims) {
        for (Span span : claims.spans()) {
            settles.add(subscription, Outcome.LOST, span);
        }
    }
}
