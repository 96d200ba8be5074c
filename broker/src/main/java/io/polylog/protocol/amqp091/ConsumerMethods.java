package io.polylog.protocol.amqp091;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import io.polylog.protocol.amqp091.Deliveries.Note;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Consuming on one channel: basic.qos, consume, cancel and get. On the connection's loop.
final class ConsumerMethods {

    private final AmqpChannel channel;
    private final DeliveryWindow window;
    private final SettleMethods settlements;
    private final Map<String, AmqpConsumer> consumers = new LinkedHashMap<>(4);

    /// Prefetch of the consumers to come; 0 for no limit.
    private int prefetch;

    private @Nullable String replyQueue;
    private @Nullable String replyTag;

    ConsumerMethods(AmqpChannel channel, DeliveryWindow window, SettleMethods settlements) {
        this.channel = channel;
        this.window = window;
        this.settlements = settlements;
    }

    // Consumers ----------------------------------------------------------------------------------

    void basicQos(BasicQos method) {
        if (method.prefetchSize() != 0) {
            throw AmqpException.of(
                    ReplyCode.NOT_IMPLEMENTED, "prefetch_size!=0 (" + method.prefetchSize() + ")");
        }
        if (method.global()) {
            window.limit(method.prefetchCount());
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
            boolean fromOffset = isFromOffset(method);
            attach(method, tag, channel.queues().consumed(method.queue(), fromOffset));
        }
    }

    private static boolean isFromOffset(BasicConsume method) {
        return method.arguments().containsKey(StartArgument.NAME);
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
        boolean cursor = channel.queues().isRead(subscription, isFromOffset(method));
        if (cursor) {
            String name = Names.queue(subscription.topic().name(), channel.virtualHost());
            StreamQueue.checkConsumer(name, prefetch, noAck, window.isLimited());
        }
        ConsumeSpec spec =
                new ConsumeSpec(
                        subscription,
                        noAck,
                        method.flags().exclusive(),
                        ConsumerArguments.priority(method.arguments()),
                        noAck || prefetch == 0 ? Integer.MAX_VALUE : prefetch,
                        start(method, subscription),
                        ConsumerArguments.interest(method.arguments()),
                        window.credit(),
                        cursor);
        AmqpConsumer consumer =
                new AmqpConsumer(
                        this,
                        new AmqpConsumer.Traits(
                                tag,
                                noAck,
                                note(subscription, cursor),
                                cursor ? StreamFilter.of(method.arguments()) : null,
                                ConsumerArguments.ackTimeoutMs(method.arguments())),
                        () -> channel.reply(method.nowait(), new BasicConsumeOk(tag)));
        consumers.put(tag, consumer);
        channel.await(
                method,
                // Told also when the channel has failed meanwhile, so that it goes again.
                () -> channel.session().consume(spec, consumer).thenAccept(consumer::attached),
                done -> {},
                refusal -> {
                    consumers.remove(tag);
                    return refused(refusal, subscription);
                });
    }

    /// What deliveries say beside the message.
    private Note note(SubscriptionRef subscription, boolean cursor) {
        Topic topic = channel.session().definitions().topic(subscription.topic());
        if (cursor) {
            return Note.OFFSET;
        }
        if (topic == null || !topic.spec().isQueue()) {
            return Note.NOTHING;
        }
        return QueueArguments.isQuorum(topic.spec()) ? Note.ATTEMPTS : Note.NOTHING;
    }

    private Start start(BasicConsume method, SubscriptionRef subscription) {
        Start start =
                StartArgument.of(
                        method.arguments(), channel.connection().seams().wallMs().getAsLong());
        Topic topic = channel.session().definitions().topic(subscription.topic());
        if (start instanceof Start.Offset
                && topic != null
                && subscription.partitions(topic).size() > 1) {
            String name = topic.spec().name().name();
            throw AmqpException.invalidArgument(
                    StartArgument.NAME,
                    "consumer",
                    "'%s' has %d partitions, an offset is of one, %s"
                            .formatted(
                                    name,
                                    topic.partitions().size(),
                                    "'%s-0::%s'".formatted(name, subscription.name())));
        }
        return start;
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

    /// Answered when the consumer is gone from its queue, and the queue too if it went with it.
    void basicCancel(BasicCancel method) {
        AmqpConsumer consumer = consumers.remove(method.consumerTag());
        if (method.consumerTag().equals(replyTag)) {
            replyQueue = null;
            replyTag = null;
        }
        BasicCancelOk answer = new BasicCancelOk(method.consumerTag());
        if (consumer == null) {
            channel.reply(method.nowait(), answer);
            return;
        }
        channel.await(
                method,
                () -> {
                    CompletionStage<Void> gone = consumer.close();
                    settlements.giveBack(window.takeHeld(consumer), Settlement.RELEASE, false);
                    return gone;
                },
                done -> channel.reply(method.nowait(), answer));
    }

    /// The core took the consumer's queue away.
    void cancelled(AmqpConsumer consumer) {
        consumers.remove(consumer.tag());
        window.takeHeld(consumer);
        if (channel.isOpen() && channel.connection().terms().cancelNotify()) {
            channel.reply(new BasicCancel(consumer.tag(), true));
        }
    }

    /// A consumer cannot go on. A client may overlook that a consumer was cancelled, and would wait
    /// for ever; and a cancel does not say why: so its channel ends.
    void failed(AmqpConsumer consumer, BrokerException why) {
        consumers.remove(consumer.tag());
        channel.connection().failed(channel, AmqpMapping.error(why), 0);
    }

    /// A consumer kept a delivery too long. Of a quorum queue it is cancelled, where its client
    /// hears that; else its channel ends, and everything comes back.
    void overdue(AmqpConsumer consumer, long timeoutMs) {
        boolean quorum = consumer.note() == Note.ATTEMPTS;
        if (quorum && channel.connection().terms().cancelNotify()) {
            cancelled(consumer);
            return;
        }
        consumers.remove(consumer.tag());
        AmqpException error =
                AmqpException.of(
                        ReplyCode.PRECONDITION_FAILED,
                        "delivery acknowledgement on channel %d timed out."
                                        .formatted(channel.number())
                                + " Timeout value used: %d ms".formatted(timeoutMs));
        channel.connection().failed(channel, error, 0);
    }

    // Deliveries ---------------------------------------------------------------------------------

    /// Sends a delivery; answers whether more may come.
    boolean deliver(AmqpConsumer consumer, Delivery delivery) {
        return window.deliver(consumer, delivery);
    }

    /// A delivery came for a consumer that has gone.
    void giveBack(Delivery delivery) {
        settlements.giveBack(List.of(delivery), Settlement.RELEASE, false);
    }

    void flow(boolean active) {
        window.flow(active);
        resume();
    }

    /// There may be room again: consumers that were stopped go on.
    void resume() {
        for (AmqpConsumer consumer : consumers.values().toArray(AmqpConsumer[]::new)) {
            if (window.takes(consumer)) {
                consumer.resume();
            }
        }
    }

    // Get ----------------------------------------------------------------------------------------

    void basicGet(BasicGet method) {
        SubscriptionRef subscription = channel.queues().subscription(method.queue());
        requireGet(channel.session().definitions().topic(subscription.topic()));
        channel.whenQuiet(
                method,
                () ->
                        channel.await(
                                method,
                                () -> take(method, subscription),
                                got -> answer(method, subscription, got),
                                refusal -> refused(refusal, subscription)));
    }

    /// As with RabbitMQ, nobody gets past the one consumer of a quorum queue.
    private void requireGet(@Nullable Topic topic) {
        if (topic != null
                && QueueArguments.isQuorum(topic.spec())
                && topic.spec().policy().service().singleActive()) {
            String name = topic.spec().name().name();
            throw AmqpException.of(
                    ReplyCode.RESOURCE_LOCKED,
                    "cannot obtain access to locked "
                            + Names.queue(name, channel.virtualHost())
                            + ": basic.get does not go with x-single-active-consumer in quorum"
                            + " queues");
        }
    }

    /// A message and how many were left when it was taken.
    private record Got(Delivery delivery, long ready) {}

    private CompletionStage<Optional<Got>> take(BasicGet method, SubscriptionRef subscription) {
        return channel.session()
                .take(subscription, method.noAck())
                .thenCompose(taken ->
                        taken.isEmpty()
                                ? CompletableFuture.completedFuture(Optional.<Got>empty())
                                : counted(subscription, taken.get().copied()));
    }

    private CompletionStage<Optional<Got>> counted(SubscriptionRef queue, Delivery taken) {
        return channel.session()
                .stats(queue)
                .thenApply(stats -> {
                    if (!channel.isOpen()) {
                        giveBack(taken); // it has failed meanwhile: nobody will settle this
                    }
                    return Optional.of(new Got(taken, stats.ready()));
                });
    }

    private void answer(BasicGet method, SubscriptionRef subscription, Optional<Got> got) {
        if (got.isEmpty()) {
            channel.reply(new BasicGetEmpty());
        } else {
            Note note = note(subscription, false);
            window.got(got.get().delivery(), method.noAck(), note, got.get().ready());
        }
    }

    /// The channel ends: consumers go, and everything unsettled goes back. Completes when that is
    /// done.
    CompletionStage<Void> leave() {
        List<CompletableFuture<?>> leaving = new ArrayList<>();
        consumers.values().forEach(one -> leaving.add(one.close().toCompletableFuture()));
        consumers.clear();
        leaving.add(settlements.giveBackAll().toCompletableFuture());
        return CompletableFuture.allOf(leaving.toArray(CompletableFuture[]::new));
    }
}
