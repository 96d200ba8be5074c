package io.polylog.protocol.amqp091;

import io.polylog.broker.Binding;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Definitions;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// The queue class of methods on one channel. On the connection's loop.
final class QueueMethods {
    private static final TopicStats EMPTY = new TopicStats(0, 0, 0);

    private final AmqpChannel channel;

    /// What an empty queue name means: the queue this channel declared last.
    private @Nullable String lastDeclared;

    QueueMethods(AmqpChannel channel) {
        this.channel = channel;
    }

    // Names --------------------------------------------------------------------------------------

    /// What a get takes from.
    SubscriptionRef subscription(String queue) {
        String name = orLast(queue);
        SubscriptionRef found = found(name);
        if (isKept(found)) {
            throw StreamQueue.is(topic(found).spec())
                    ? StreamQueue.noGet(Names.queue(name, channel.virtualHost()))
                    : isTopic(name);
        }
        return found;
    }

    /// What a consumer takes from, or reads.
    ///
    /// @param fromOffset whether it says where to begin
    SubscriptionRef consumed(String queue, boolean fromOffset) {
        String name = orLast(queue);
        SubscriptionRef found = found(name);
        if (isKept(found)) {
            Topic topic = topic(found);
            if (!fromOffset && !StreamQueue.is(topic.spec())) {
                throw isTopic(name);
            }
            if (found.partitions(topic).size() > 1) {
                throw AmqpException.of(
                        ReplyCode.PRECONDITION_FAILED,
                        "'%s' has %d partitions, one can be read: '%s-0'"
                                .formatted(name, topic.partitions().size(), name));
            }
        }
        return found;
    }

    /// Whether a consumer reads for itself by a cursor: a topic, or a queue that keeps what is
    /// settled where it says where to begin.
    boolean isRead(SubscriptionRef ref, boolean fromOffset) {
        boolean keeps = !topic(ref).spec().policy().keep().isNothing();
        return isKept(ref) || (fromOffset && keeps && !ref.isNamed());
    }

    /// Whether it is a topic itself, or a partition of it: read by cursors, nothing is settled.
    boolean isKept(SubscriptionRef ref) {
        return !ref.isNamed() && !topic(ref).spec().isQueue();
    }

    private static AmqpException isTopic(String name) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                "'%s' is a topic: consume from '%s::NAME' for its durable subscription NAME, or"
                                .formatted(name, name)
                        + " with the argument x-stream-offset");
    }

    /// What that name means ([QueueAddress]), of a queue or topic this connection may use.
    private SubscriptionRef found(String name) {
        SubscriptionRef found = QueueAddress.find(channel.session().definitions(), topicName(name));
        if (found == null) {
            throw Names.noQueue(name, channel.virtualHost());
        }
        usable(found.topic().name());
        return found;
    }

    private Topic topic(SubscriptionRef ref) {
        return usable(ref.topic().name());
    }

    private String orLast(String queue) {
        if (!queue.isEmpty()) {
            return queue;
        }
        if (lastDeclared == null) {
            throw AmqpException.of(ReplyCode.NOT_FOUND, "no previously declared queue");
        }
        return lastDeclared;
    }

    private TopicName topicName(String name) {
        return new TopicName(channel.virtualHost(), name);
    }

    /// The queue or topic of that name, which this connection may use.
    private Topic usable(String name) {
        Topic topic = channel.session().definitions().topic(topicName(name));
        if (topic == null) {
            throw Names.noQueue(name, channel.virtualHost());
        }
        if (!channel.connection().mayUse(topic)) {
            throw Names.locked(name, channel.virtualHost());
        }
        return topic;
    }

    // Declare ------------------------------------------------------------------------------------

    void queueDeclare(QueueDeclare method) {
        Definitions definitions = channel.session().definitions();
        if (method.queue().equals(DirectReply.NAME)) {
            answerDeclare(method, DirectReply.NAME, EMPTY);
            return;
        }
        if (method.passive()) {
            String name = orLast(method.queue());
            declared(method, name, found(name));
            return;
        }
        String name =
                method.queue().isEmpty()
                        ? "amq.gen-" + channel.connection().seams().uniqueNames().get()
                        : method.queue();
        Topic existing = definitions.topic(topicName(name));
        SubscriptionRef address = QueueAddress.find(definitions, topicName(name));
        if (address != null && address.isNamed()) {
            declared(method, name, found(name));
            return;
        }
        if (existing == null && method.queue().startsWith(Names.RESERVED)) {
            throw Names.reserved("queue", name);
        }
        if (existing != null && !channel.connection().mayUse(existing)) {
            throw Names.locked(name, channel.virtualHost());
        }
        TopicSpec spec = QueueArguments.spec(topicName(name), method.flags(), method.arguments());
        channel.await(
                method,
                () -> channel.session().declareTopic(spec),
                topic -> declared(method, name, topic, existing),
                refusal -> conflict(refusal, spec));
    }

    private void declared(QueueDeclare method, String name, Topic topic, @Nullable Topic before) {
        if (topic.spec().lifetime().exclusive()) {
            channel.connection().owns(topic);
        }
        boolean made = before == null || !before.id().equals(topic.id());
        if (made) {
            lastDeclared = name;
            answerDeclare(method, name, EMPTY);
        } else {
            declared(method, name, new SubscriptionRef(topic.spec().name(), ""));
        }
    }

    /// Answers for what was there, with its counts.
    private void declared(QueueDeclare method, String name, SubscriptionRef what) {
        lastDeclared = name;
        if (method.nowait()) {
            return;
        }
        channel.whenQuiet(
                method,
                () ->
                        channel.await(
                                method,
                                () -> channel.session().stats(what),
                                stats -> answerDeclare(method, name, stats),
                                refusal -> refused(refusal, name)));
    }

    private void answerDeclare(QueueDeclare method, String name, TopicStats stats) {
        channel.reply(method.nowait(), new QueueDeclareOk(name, stats.ready(), stats.consumers()));
    }

    private AmqpException conflict(BrokerException refusal, TopicSpec wanted) {
        if (refusal.kind() != BrokerException.Kind.CONFLICT) {
            return refused(refusal, wanted.name().name());
        }
        Topic existing = channel.session().definitions().topic(wanted.name());
        return existing == null
                ? AmqpMapping.error(refusal)
                : QueueArguments.inequivalent(existing.spec(), wanted);
    }

    private AmqpException refused(BrokerException refusal, String name) {
        return switch (refusal.kind()) {
            case NOT_FOUND -> Names.noQueue(name, channel.virtualHost());
            case LOCKED -> Names.locked(name, channel.virtualHost());
            case IN_USE -> stands(name, "in use");
            case NOT_EMPTY -> stands(name, "not empty");
            default -> AmqpMapping.error(refusal);
        };
    }

    private AmqpException stands(String name, String against) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                Names.queue(name, channel.virtualHost()) + " " + against);
    }

    // Bindings -----------------------------------------------------------------------------------

    void queueBind(QueueBind method) {
        Link link = method.link();
        Binding binding = binding(link);
        usable(binding.destination());
        ExchangeSpec source =
                channel.session().definitions().exchange(channel.virtualHost(), link.source());
        if (source == null) {
            throw Names.noExchange(link.source(), channel.virtualHost());
        }
        ExchangeTypes.checkBinding(source, binding);
        channel.await(
                method,
                () -> channel.session().bind(binding),
                done -> channel.reply(method.nowait(), new QueueBindOk()));
    }

    /// Of what is not there nothing is left to unbind: that is no error.
    void queueUnbind(QueueUnbind method) {
        Link link = method.link();
        Binding binding = binding(link);
        Definitions definitions = channel.session().definitions();
        Topic topic = definitions.topic(topicName(binding.destination()));
        if (topic != null && !channel.connection().mayUse(topic)) {
            throw Names.locked(binding.destination(), channel.virtualHost());
        }
        if (topic == null || definitions.exchange(channel.virtualHost(), link.source()) == null) {
            channel.reply(new QueueUnbindOk());
            return;
        }
        channel.await(
                method,
                () -> channel.session().unbind(binding),
                done -> channel.reply(new QueueUnbindOk()));
    }

    private Binding binding(Link link) {
        if (link.source().isEmpty()) {
            throw Names.defaultExchange();
        }
        // Neither named: the key is the queue's name too (specification, queue.bind).
        boolean bothLeftOut = link.destination().isEmpty() && link.routingKey().isEmpty();
        String queue = orLast(link.destination());
        return new Binding(
                channel.virtualHost(),
                link.source(),
                false,
                queue,
                bothLeftOut ? queue : link.routingKey(),
                FilterArguments.others(link.arguments()),
                FilterArguments.ofBinding(link.arguments()));
    }

    // Purge, delete ------------------------------------------------------------------------------

    void queuePurge(QueuePurge method) {
        String name = orLast(method.queue());
        channel.whenQuiet(
                method,
                () ->
                        channel.await(
                                method,
                                () -> channel.session().purge(purged(name)),
                                count -> channel.reply(method.nowait(), new QueuePurgeOk(count)),
                                refusal -> refused(refusal, name)));
    }

    private SubscriptionRef purged(String name) {
        SubscriptionRef found = found(name);
        if (isKept(found) && StreamQueue.is(topic(found).spec())) {
            throw StreamQueue.noPurge(Names.queue(name, channel.virtualHost()));
        }
        return found;
    }

    void queueDelete(QueueDelete method) {
        String name = orLast(method.queue());
        channel.whenQuiet(method, () -> delete(method, name));
    }

    /// A queue that is not there is deleted: that is no error.
    private void delete(QueueDelete method, String name) {
        TopicName topic = topicName(name);
        Definitions definitions = channel.session().definitions();
        if (definitions.topic(topic) == null) {
            SubscriptionRef part = QueueAddress.find(definitions, topic);
            if (part != null
                    && part.isNamed()
                    && part.partition() == SubscriptionRef.EVERY_PARTITION) {
                usable(part.topic().name());
                delete(method, name, part);
                return;
            }
            if (part != null) {
                throw AmqpException.of(
                        ReplyCode.PRECONDITION_FAILED,
                        "'%s' is part of topic '%s' and goes with it"
                                .formatted(name, part.topic().name()));
            }
            channel.reply(method.nowait(), new QueueDeleteOk(0));
            return;
        }
        usable(name);
        channel.await(
                method,
                () -> channel.session().deleteTopic(topic, method.ifUnused(), method.ifEmpty()),
                count -> {
                    channel.connection().disowns(topic);
                    channel.reply(method.nowait(), new QueueDeleteOk(count));
                },
                refusal -> refused(refusal, name));
    }

    private void delete(QueueDelete method, String name, SubscriptionRef subscription) {
        channel.await(
                method,
                () ->
                        delete(subscription, method.ifUnused(), method.ifEmpty())
                                .exceptionally(QueueMethods::noneWhereMissing),
                count -> channel.reply(method.nowait(), new QueueDeleteOk(count)),
                refusal -> refused(refusal, name));
    }

    /// A subscription that is not there is deleted: that is no error.
    private static Long noneWhereMissing(Throwable failed) {
        Throwable why = BrokerException.reason(failed);
        if (why instanceof BrokerException refused && refused.kind() == Kind.NOT_FOUND) {
            return 0L;
        }
        throw new CompletionException(why);
    }

    private CompletionStage<Long> delete(
            SubscriptionRef subscription, boolean ifUnused, boolean ifEmpty) {
        Session session = channel.session();
        if (!ifUnused && !ifEmpty) {
            return session.deleteSubscription(subscription);
        }
        return session.describe(subscription)
                .thenCompose(there -> {
                    if (ifUnused && there.consumers() > 0) {
                        throw new BrokerException(Kind.IN_USE, "it has consumers");
                    }
                    if (ifEmpty && there.unsettled() > 0) {
                        throw new BrokerException(Kind.NOT_EMPTY, "it holds messages");
                    }
                    return session.deleteSubscription(subscription);
                });
    }
}
