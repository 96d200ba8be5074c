package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.core.SettleBuffer.Fate;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Attachment;
import io.polylog.broker.shard.Serving.Taken;
import io.polylog.broker.shard.ShardPort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a session consumes: its consumers, and what is not settled. On the session's loop.
final class Consumers {
    private final CoreSession session;
    private final AheadRoom room = new AheadRoom();
    private final SettleBuffer settles;
    private final List<LoopConsumer> consumers = new ArrayList<>(1);

    /// By number: where deliveries came from that may be settled.
    private final Map<Long, Lane> lanes = new HashMap<>(2);

    private long lanesMade;

    private final Taking taking;
    private final Cursors cursors;
    private final AckTimer timer;

    Consumers(CoreSession session) {
        this.session = session;
        settles = new SettleBuffer(session);
        taking = new Taking(session);
        cursors = new Cursors(session);
        timer = new AckTimer(session, this::sweep);
    }

    SettleBuffer settles() {
        return settles;
    }

    Taking taking() {
        return taking;
    }

    Cursors cursors() {
        return cursors;
    }

    // Attaching --------------------------------------------------------------------------------

    CompletionStage<Consumer> consume(ConsumeSpec spec, DeliveryListener listener) {
        SubscriptionRef ref = spec.subscription();
        Topic topic = session.topicToRead(ref.topic());
        SubscriptionOpening.check(spec.interest());
        boolean own = !ref.isNamed();
        if (own && spec.interest().messageMs() >= 0) {
            throw new BrokerException(
                    Kind.INVALID, ref.topic() + " is no subscription: it has no time to live");
        }
        if (own && spec.interest().isHandled()) {
            throw new BrokerException(
                    Kind.INVALID, ref.topic() + " is no subscription: it has no limits of its own");
        }
        boolean reads = own && (spec.reads() || !topic.spec().isQueue());
        if (own && !reads && !spec.interest().filter().transform().isEmpty()) {
            throw new BrokerException(
                    Kind.INVALID, ref.topic() + " says itself what is made of its messages");
        }
        if (reads) {
            return cursors.open(spec, topic, listener);
        }
        List<Topic.Partition> partitions = ref.partitions(topic);
        LoopConsumer consumer = new LoopConsumer(session, spec, listener);
        CompletableFuture<Consumer> done = new CompletableFuture<>();
        consumers.add(consumer);
        if (ref.isNamed() && ref.partition() == SubscriptionRef.EVERY_PARTITION) {
            consumer.follow(topic.id());
        }
        attach(consumer, topic, partitions)
                .whenComplete((_, failed) -> {
                    if (failed == null) {
                        done.complete(consumer);
                        consumer.start();
                    } else {
                        close(consumer);
                        done.completeExceptionally(BrokerException.reason(failed));
                    }
                });
        return done;
    }

    /// Adds a consumer to more partitions.
    CompletionStage<@Nullable Void> attach(
            LoopConsumer consumer, Topic topic, List<Topic.Partition> partitions) {
        List<Lane> more = new ArrayList<>(partitions.size());
        for (Topic.Partition partition : partitions) {
            ShardPort port = session.core().port(partition.shard());
            more.add(new Lane(++lanesMade, consumer, port, topic, partition));
        }
        consumer.lanes().addAll(more);
        return new Attaching(session, consumer, more).begin(topic);
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
                    giveBackLast(lane, attachment, back);
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
        long epoch = lane.epoch();
        lane.consumer().unused(Assignment.count(assignments));
        if (!assignments.isEmpty() && subscription >= 0) {
            settles.afterAll(() ->
                    lane.port.run(serving -> serving.giveBack(subscription, epoch, assignments)));
        }
    }

    /// As [#giveBack], of a lane that was detached: nothing more comes back undelivered.
    private void giveBackLast(Lane lane, Attachment detached, List<Assignment> assignments) {
        if (!lane.topic().spec().policy().service().singleActive()) {
            giveBack(lane, assignments);
            return;
        }
        lane.consumer().unused(Assignment.count(assignments));
        settles.afterAll(() ->
                lane.port.run(serving -> {
                    serving.giveBack(detached.subscription(), detached.epoch(), assignments);
                    serving.parted(detached);
                }));
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

    /// For what is settled ahead of being sent.
    AheadRoom room() {
        return room;
    }

    // Settling ---------------------------------------------------------------------------------

    CompletionStage<@Nullable Void> settle(List<Delivery> settled, Fate fate, boolean awaited) {
        List<Delivery> deliveries = cursors.settled(settled);
        if (deliveries.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        if (awaited) {
            settles.flush(false);
        }
        // In order: the simulation must go the same way each time.
        Map<LoopConsumer, Integer> released = new LinkedHashMap<>(2);
        for (Delivery delivery : deliveries) {
            Lane lane = lanes.get(delivery.receiver());
            long epoch = epoch(delivery, lane);
            if (fate.outcome() != Outcome.ACCEPTED) {
                taking.sends(delivery);
            }
            LoopConsumer consumer = forgetClaim(delivery, lane);
            boolean late = lane != null && consumer == null;
            add(delivery, late ? SettleCommand.NO_EPOCH : epoch, fate);
            if (consumer != null) {
                released.merge(consumer, 1, Integer::sum);
            }
        }
        CompletionStage<@Nullable Void> durable = settles.whenDurable();
        if (fate.outcome().leaves()) {
            released.forEach(LoopConsumer::release);
        } else {
            // Credit comes back behind the messages, so that they are served in their order.
            settles.afterAll(() -> released.forEach(LoopConsumer::releaseLate));
        }
        if (awaited) {
            settles.flush(true);
        }
        return durable;
    }

    /// The lane that got a delivery; null when it was taken, or the lane is forgotten.
    @Nullable Lane lane(Delivery delivery) {
        return lanes.get(delivery.receiver());
    }

    /// In which epoch a delivery was given that is still to be settled; else
    /// [SettleCommand#NO_EPOCH].
    long claimedIn(Delivery delivery) {
        Lane lane = lane(delivery);
        boolean claimed =
                delivery.receiver() == 0
                        || (lane != null && lane.claims.has(delivery.offset(), delivery.attempt()));
        return claimed ? epoch(delivery, lane) : SettleCommand.NO_EPOCH;
    }

    /// Somebody else settles a delivery from now on.
    void forgetClaim(Delivery delivery) {
        LoopConsumer _ = forgetClaim(delivery, lane(delivery));
    }

    /// Settles deliveries that are about to be sent, for a consumer that settles nothing.
    CompletionStage<@Nullable Void> settleAhead(List<Delivery> piece) {
        settles.flush(false);
        for (Delivery delivery : piece) {
            add(delivery, epoch(delivery, lane(delivery)), Fate.of(Outcome.ACCEPTED));
        }
        CompletionStage<@Nullable Void> durable = settles.whenDurable();
        settles.flush(true);
        return durable;
    }

    /// A message that was assigned has waited too long: nobody gets it.
    void expired(Lane lane, long offset, int attempt) {
        Span span = new Span(offset, offset + 1, attempt);
        settles.add(lane.subscription(), lane.epoch(), Fate.of(Outcome.EXPIRED), span);
        settles.afterAll(() -> lane.consumer().releaseLate(1));
    }

    /// As above, of a message that was taken.
    void expired(Taken taking, Assignment taken) {
        Span span = new Span(taken.first(), taken.end(), taken.attempt());
        settles.add(taking.subscription(), taking.epoch(), Fate.of(Outcome.EXPIRED), span);
    }

    private void add(Delivery delivery, long epoch, Fate fate) {
        long offset = delivery.offset();
        settles.add(
                delivery.subscription(),
                epoch,
                fate,
                new Span(offset, offset + 1, delivery.attempt()));
    }

    /// In which the leader that handed a delivery out led its shard, as far as it is known here.
    ///
    /// @param lane that got the delivery, or null when it was taken or the lane is forgotten
    private long epoch(Delivery delivery, @Nullable Lane lane) {
        if (delivery.receiver() == 0) {
            return taking.epoch(delivery);
        }
        return lane == null ? SettleCommand.NO_EPOCH : lane.epoch();
    }

    /// Gives the consumer that got the delivery, if one did.
    private @Nullable LoopConsumer forgetClaim(Delivery delivery, @Nullable Lane lane) {
        if (delivery.receiver() > 0) {
            if (lane == null || !lane.claims.remove(delivery.offset(), delivery.attempt())) {
                return null;
            }
            forgetIfIdle(lane.consumer());
            return lane.consumer();
        }
        taking.forget(delivery);
        return null;
    }

    // Time -------------------------------------------------------------------------------------

    /// For what is handed out of a topic.
    ///
    /// @param ownMs how long one may stay unsettled, or -1 for as long as the topic says
    Leases leases(Topic topic, long ownMs) {
        long timeoutMs = ownMs < 0 ? topic.spec().policy().service().ackTimeoutMs() : ownMs;
        return new Leases(session.core().clock(), timeoutMs);
    }

    /// Something more was handed out.
    void watch(Leases leases) {
        if (leases.mayTimeOut()) {
            timer.within(leases.nanosToDue());
        }
    }

    /// Gives back what was kept too long, and ends the consumers that did and do not go on.
    private void sweep() {
        long next = taking.takeOverdue(settles::add);
        for (Lane lane : List.copyOf(lanes.values())) {
            List<Span> overdue = lane.claims.takeOverdue();
            if (!overdue.isEmpty()) {
                Fate late = lane.claims.whenOverdue();
                overdue.forEach(span -> settles.add(lane.subscription(), lane.epoch(), late, span));
                lane.consumer().overdue(lane, overdue);
            }
            forgetIfIdle(lane.consumer());
            next = Math.min(next, lane.claims.nanosToDue());
        }
        timer.within(next);
    }

    /// Begins the time of deliveries anew.
    CompletionStage<@Nullable Void> renew(List<Delivery> deliveries) {
        boolean all = true;
        for (Delivery delivery : deliveries) {
            Lane lane = lanes.get(delivery.receiver());
            all &=
                    delivery.receiver() == 0
                            ? taking.renew(delivery)
                            : lane != null
                                    && lane.claims.renew(delivery.offset(), delivery.attempt());
        }
        if (!all) {
            throw new BrokerException(Kind.CONFLICT, "settled before, or kept too long");
        }
        return CompletableFuture.completedFuture(null);
    }

    /// Ends everything: consumers go, what was not settled comes back to its place.
    ///
    /// @param why said of what comes back
    void closeAll(String why) {
        Fate lost = Fate.of(Outcome.LOST, why);
        cursors.closeAll();
        for (LoopConsumer consumer : consumers) {
            for (Lane lane : consumer.lanes()) {
                lose(lane.subscription(), lane.epoch(), lane.claims, lost);
            }
        }
        timer.stop();
        taking.clear((subscription, epoch, claims) -> lose(subscription, epoch, claims, lost));
        List.copyOf(consumers).forEach(this::close);
        consumers.clear();
        lanes.clear();
        settles.flush(false);
    }

    private void lose(long subscription, long epoch, Leases claims, Fate lost) {
        for (Span span : claims.spans()) {
            settles.add(subscription, epoch, lost, span);
        }
    }
}
