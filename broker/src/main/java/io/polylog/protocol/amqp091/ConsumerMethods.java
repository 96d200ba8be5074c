package io.polylog.protocol.amqp091;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicSpec;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import io.polylog.protocol.amqp091.AmqpWriter.DeliveryHead;
import io.polylog.protocol.amqp091.AmqpWriter.Fragments;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Consuming on one channel: basic.qos, consume, cancel, get, and every settlement. On the
/// connection's loop.
final class ConsumerMethods {
    private static final Content NOTHING =
            new Content(AmqpMapping.ENCODING, Envelope.PLAIN, ByteBuffer.allocate(0));
    private static final String PRIORITY_ARGUMENT = "x-priority";

    private final AmqpChannel channel;
    private final Deliveries deliveries;
    private final Map<String, AmqpConsumer> consumers = new LinkedHashMap<>(4);
    private final Unacked unacked = new Unacked();

    /// Deliveries that came although the channel has no room: those of its consumers that were
    /// under way when it was used up.
    private final Deque<Held> held = new ArrayDeque<>(0);

    private long lastTag;
    private boolean flowing = true;
    private int returning;

    /// Prefetch of the consumers to come, and of the channel as a whole; 0 for no limit.
    private int prefetch;

    private int channelPrefetch;
    private @Nullable String replyQueue;
    private @Nullable String replyTag;

    private record Held(AmqpConsumer consumer, Delivery delivery) {}

    ConsumerMethods(AmqpChannel channel) {
        this.channel = channel;
        deliveries = new Deliveries(channel.connection());
    }

    // Consumers ----------------------------------------------------------------------------------

    void basicQos(BasicQos method) {
        if (method.prefetchSize() != 0) {
            throw AmqpException.of(
                    ReplyCode.NOT_IMPLEMENTED, "prefetch_size!=0 (" + method.prefetchSize() + ")");
        }
        if (method.global()) {
            channelPrefetch = method.prefetchCount();
            sendHeld();
            resume();
        } else {
            prefetch = method.prefetchCount();
        }
        channel.reply(new BasicQosOk());
    }

    void basicConsume(BasicConsume method) {
        String tag =
                method.consumerTag().isEmpty()
                        ? "amq.ctag-" + channel.connection().seams().uniqueNames().get()
                        : method.consumerTag();
        if (consumers.containsKey(tag)) {
            throw AmqpException.of(
                    ReplyCode.NOT_ALLOWED, "attempt to reuse consumer tag '" + tag + "'");
        }
        if (method.queue().equals(DirectReply.NAME)) {
            consumeReplies(method, tag);
        } else {
            attach(method, tag, channel.queues().subscription(method.queue()));
        }
    }

    private void consumeReplies(BasicConsume method, String tag) {
        if (!method.flags().noAck()) {
            throw DirectReply.mustNotAck();
        }
        if (replyQueue != null) {
            throw DirectReply.alreadySet();
        }
        TopicSpec queue =
                DirectReply.queue(
                        channel.virtualHost(), channel.connection().seams().uniqueNames().get());
        channel.await(
                method,
                () -> channel.session().declareTopic(queue),
                made -> {
                    replyQueue = queue.name().name();
                    replyTag = tag;
                    channel.connection().owns(made);
                    attach(method, tag, new SubscriptionRef(queue.name(), ""));
                });
    }

    /// Where replies to this channel's requests go; null without a reply consumer.
    @Nullable String replyQueue() {
        return replyQueue;
    }

    private void attach(BasicConsume method, String tag, SubscriptionRef subscription) {
        boolean noAck = method.flags().noAck();
        ConsumeSpec spec =
                new ConsumeSpec(
                        subscription,
                        noAck,
                        method.flags().exclusive(),
                        priority(method.arguments()),
                        noAck || prefetch == 0 ? Integer.MAX_VALUE : prefetch);
        AmqpConsumer consumer =
                new AmqpConsumer(
                        this,
                        tag,
                        noAck,
                        () -> channel.reply(method.nowait(), new BasicConsumeOk(tag)));
        consumers.put(tag, consumer);
        channel.await(
                method,
                () -> channel.session().consume(spec, consumer),
                consumer::attached,
                refusal -> {
                    consumers.remove(tag);
                    return refused(refusal, subscription);
                });
    }

    private static int priority(Map<String, ?> arguments) {
        if (!arguments.containsKey(PRIORITY_ARGUMENT)) {
            return 0;
        }
        return switch (arguments.get(PRIORITY_ARGUMENT)) {
            case Byte n -> n;
            case Short n -> n;
            case Integer n -> n;
            case Long n -> Math.clamp(n, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case null, default ->
                    throw AmqpException.of(
                            ReplyCode.PRECONDITION_FAILED,
                            "invalid arg 'x-priority' for consumer: must be an integer");
        };
    }

    private AmqpException refused(BrokerException refusal, SubscriptionRef subscription) {
        String name = subscription.topic().name();
        return switch (refusal.kind()) {
            case LOCKED, IN_USE ->
                    AmqpException.of(
                            ReplyCode.ACCESS_REFUSED,
                            Names.queue(name, channel.virtualHost()) + " in exclusive use");
            case NOT_FOUND -> Names.noQueue(name, channel.virtualHost());
            default -> AmqpMapping.error(refusal);
        };
    }

    void basicCancel(BasicCancel method) {
        AmqpConsumer consumer = consumers.remove(method.consumerTag());
        if (consumer != null) {
            consumer.close();
            giveBackHeld(consumer);
        }
        if (method.consumerTag().equals(replyTag)) {
            replyQueue = null;
            replyTag = null;
        }
        channel.reply(method.nowait(), new BasicCancelOk(method.consumerTag()));
    }

    /// The core took the consumer's queue away.
    void cancelled(AmqpConsumer consumer) {
        consumers.remove(consumer.tag());
        held.removeIf(waiting -> waiting.consumer() == consumer);
        if (channel.isOpen() && channel.connection().running().terms().cancelNotify()) {
            channel.reply(new BasicCancel(consumer.tag(), true));
        }
    }

    // Deliveries ---------------------------------------------------------------------------------

    /// Whether the channel as a whole takes more.
    private boolean hasRoom() {
        return flowing && (channelPrefetch == 0 || unacked.count() < channelPrefetch);
    }

    /// Sends a delivery, or keeps it until there is room.
    ///
    /// @return whether more may come
    boolean deliver(AmqpConsumer consumer, Delivery delivery) {
        boolean room = flowing && (consumer.noAck() || hasRoom());
        if (!room || !held.isEmpty()) {
            held.add(new Held(consumer, Deliveries.copy(delivery)));
            return false;
        }
        send(consumer, delivery);
        return channel.connection().output().writable()
                && flowing
                && (consumer.noAck() || hasRoom());
    }

    private void send(AmqpConsumer consumer, Delivery delivery) {
        long tag = ++lastTag;
        if (!consumer.noAck()) {
            unacked.add(new Unacked.Entry(tag, withoutContent(delivery), consumer));
        }
        AmqpWriter.deliver(
                channel.connection().output().buffer(),
                channel.number(),
                new DeliveryHead(consumer.tagBytes(), tag, delivery.redelivered()),
                deliveries.content(delivery),
                channel.connection().running().terms().frameMax());
    }

    /// What stays until the settlement must not hold the message itself.
    private static Delivery withoutContent(Delivery delivery) {
        return new Delivery(
                delivery.topic(),
                delivery.partition(),
                delivery.subscription(),
                delivery.offset(),
                delivery.attempt(),
                delivery.redelivered(),
                delivery.timeMs(),
                delivery.indexInRecord(),
                delivery.batch(),
                NOTHING);
    }

    private void sendHeld() {
        while (!held.isEmpty() && (hasRoom() || (flowing && held.getFirst().consumer().noAck()))) {
            Held next = held.removeFirst();
            send(next.consumer(), next.delivery());
        }
    }

    private void giveBackHeld(AmqpConsumer consumer) {
        List<Delivery> back = new ArrayList<>();
        held.removeIf(waiting -> {
            boolean its = waiting.consumer() == consumer;
            if (its) {
                back.add(waiting.delivery());
            }
            return its;
        });
        giveBack(back, false);
    }

    void flow(boolean active) {
        flowing = active;
        if (active) {
            sendHeld();
            resume();
        }
    }

    /// There may be room again: consumers that were stopped go on.
    void resume() {
        if (held.isEmpty() && flowing) {
            for (AmqpConsumer consumer : consumers.values().toArray(AmqpConsumer[]::new)) {
                if (consumer.noAck() || hasRoom()) {
                    consumer.resume();
                }
            }
        }
    }

    // Get ----------------------------------------------------------------------------------------

    void basicGet(BasicGet method) {
        SubscriptionRef subscription = channel.queues().subscription(method.queue());
        channel.whenQuiet(
                method,
                () ->
                        channel.await(
                                method,
                                () -> channel.session().take(subscription, method.noAck()),
                                taken ->
                                        taken.ifPresentOrElse(
                                                delivery -> got(method, subscription, delivery),
                                                () -> channel.reply(new BasicGetEmpty())),
                                refusal -> refused(refusal, subscription)));
    }

    private void got(BasicGet method, SubscriptionRef subscription, Delivery delivery) {
        Delivery kept = Deliveries.copy(delivery);
        channel.await(
                method,
                () -> channel.session().stats(subscription.topic()),
                stats -> {
                    long tag = ++lastTag;
                    if (!method.noAck()) {
                        unacked.add(new Unacked.Entry(tag, withoutContent(kept), null));
                    }
                    int frameMax = channel.connection().running().terms().frameMax();
                    AmqpWriter.getOk(
                            channel.connection().output().buffer(),
                            channel.number(),
                            new DeliveryHead(new byte[0], tag, kept.redelivered()),
                            stats.ready(),
                            new Fragments(deliveries.content(kept), frameMax));
                });
    }

    // Settlements --------------------------------------------------------------------------------

    void basicAck(BasicAck method) {
        if (method.multiple()) {
            upTo(method.deliveryTag())
                    .forEach(entry -> channel.handover().accept(entry.delivery()));
        } else {
            channel.handover().accept(one(method.deliveryTag()).delivery());
        }
        settled();
    }

    void basicNack(BasicNack method) {
        List<Unacked.Entry> entries =
                method.multiple() ? upTo(method.deliveryTag()) : List.of(one(method.deliveryTag()));
        refuse(entries, method.requeue());
    }

    void basicReject(BasicReject method) {
        refuse(List.of(one(method.deliveryTag())), method.requeue());
    }

    void basicRecover(BasicRecover method) {
        recover(method.requeue());
        channel.whenQuiet(method, () -> channel.reply(new BasicRecoverOk()));
    }

    void basicRecoverAsync(BasicRecoverAsync method) {
        recover(method.requeue());
    }

    private void recover(boolean requeue) {
        if (!requeue) {
            throw AmqpException.of(ReplyCode.NOT_IMPLEMENTED, "requeue=false");
        }
        refuse(unacked.removeUpTo(0), true);
    }

    private Unacked.Entry one(long tag) {
        Unacked.Entry entry = unacked.remove(tag);
        if (entry == null) {
            throw unknownTag(tag);
        }
        return entry;
    }

    private List<Unacked.Entry> upTo(long tag) {
        List<Unacked.Entry> entries = unacked.removeUpTo(tag);
        if (entries.isEmpty() && tag != 0) {
            throw unknownTag(tag);
        }
        return entries;
    }

    private static AmqpException unknownTag(long tag) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                "unknown delivery tag " + Long.toUnsignedString(tag));
    }

    private void refuse(List<Unacked.Entry> entries, boolean requeue) {
        if (!entries.isEmpty()) {
            List<Delivery> back = entries.stream().map(Unacked.Entry::delivery).toList();
            if (requeue) {
                giveBack(back, true);
            } else {
                channel.session().settle(back, Settlement.REJECT, false);
            }
        }
        settled();
    }

    private void settled() {
        if (!held.isEmpty()) {
            sendHeld();
        }
        if (channelPrefetch > 0) {
            resume();
        }
    }

    /// Puts deliveries back to their places.
    ///
    /// @param watched whether methods that must see them there wait for it
    CompletionStage<Void> giveBack(List<Delivery> back, boolean watched) {
        if (back.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        channel.connection().handOver();
        CompletionStage<Void> stage = channel.session().settle(back, Settlement.RELEASE, watched);
        if (watched) {
            returning++;
            stage.whenComplete((done, failure) -> {
                returning--;
                channel.progress();
            });
        }
        return stage;
    }

    /// Releases on their way to the core.
    int returning() {
        return returning;
    }

    /// The channel ends: consumers go, and everything unsettled goes back.
    CompletionStage<Void> leave() {
        consumers.values().forEach(AmqpConsumer::close);
        consumers.clear();
        List<Delivery> back = new ArrayList<>();
        unacked.removeUpTo(0).forEach(entry -> back.add(entry.delivery()));
        held.forEach(waiting -> back.add(waiting.delivery()));
        held.clear();
        return giveBack(back, true);
    }
}
