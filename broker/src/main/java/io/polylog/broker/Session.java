package io.polylog.broker;

import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What one connection can do. Called on the connection's loop only; every callback and every stage
/// completes on that loop. Stages fail with [BrokerException]. Nothing here blocks.
public interface Session extends AutoCloseable {
    /// The newest definitions.
    Definitions definitions();

    // Definitions ------------------------------------------------------------------------------

    /// Makes a topic or queue, or finds it there with an equal specification
    /// ([TopicSpec#equivalent]). Fails CONFLICT when it exists with another one, LOCKED when it is
    /// exclusive to another session.
    CompletionStage<Topic> declareTopic(TopicSpec spec);

    /// Removes a topic or queue and what it holds; gives the number of messages that were ready.
    /// Fails NOT_FOUND, IN_USE (ifUnused and it has consumers), NOT_EMPTY (ifEmpty and it is not).
    CompletionStage<Long> deleteTopic(TopicName name, boolean ifUnused, boolean ifEmpty);

    /// Changes what a topic keeps, how much it holds at most, which ids it knows, and its
    /// arguments. What is more than a limit of messages or bytes, or of those of a subject, goes at
    /// once, what is too old by the next second. Fails NOT_FOUND, or INVALID for a queue, where
    /// `untilSettled`, `newestPerKey` or `removable` would change, for limits where it is not
    /// removable, and for anything else in its policy.
    ///
    /// @param policy what it does from now on, or null: as it was declared
    CompletionStage<Topic> alterTopic(
            TopicName name,
            TopicSpec.Retention retention,
            @Nullable QueuePolicy policy,
            Map<String, String> arguments);

    /// The same with the policy that it has.
    default CompletionStage<Topic> alterTopic(
            TopicName name, TopicSpec.Retention retention, Map<String, String> arguments) {
        return alterTopic(name, retention, null, arguments);
    }

    /// Removes a partition's records below `start`, whoever has not read them; gives the oldest
    /// offset kept then. Fails NOT_FOUND, or INVALID for a queue (settle or purge it) and for an
    /// offset beyond the partition's end.
    CompletionStage<Long> trim(TopicName name, int partition, long start);

    /// Grows a topic to `total` partitions. Fails NOT_FOUND, or INVALID when it would not grow.
    CompletionStage<Topic> addPartitions(TopicName name, int total);

    /// Removes what is ready (not what is in flight) of a queue, or of a topic for everybody; a
    /// named subscription only has it settled. Gives how many messages that were.
    CompletionStage<Long> purge(SubscriptionRef what);

    /// Removes single messages of a partition for everybody, wherever they lie; durable when the
    /// stage completes. Nobody reads them any more, and no subscription waits for them; what a
    /// consumer has already it keeps, but what it says of it is too late. Where the oldest go, the
    /// partition begins behind them; its end stays. Tells of each offset, in the order given,
    /// whether it was there. Who may configure the topic may do this. Fails NOT_FOUND, or INVALID
    /// where the topic does not allow it ([TopicSpec.Retention#removable]).
    CompletionStage<List<Boolean>> remove(TopicName topic, int partition, List<Long> offsets);

    /// The next message of a partition stands at offset `to` or beyond, from now on and for ever:
    /// those that are left out between are as if they had been removed. Durable when the stage
    /// completes, with the offset of the next message, which is greater than `to` where that many
    /// had been given. Who may configure the topic may do this. Fails as [#remove] does.
    CompletionStage<Long> skip(TopicName topic, int partition, long to);

    /// Removes what a topic keeps but for what [Purge] says, for everybody, as [#remove] does; what
    /// is published meanwhile stays. Gives how many messages that were. Fails NOT_FOUND, or INVALID
    /// for a queue, where an offset or a number of messages is given and the topic has several
    /// partitions, and for patterns of subjects where it has no index. With patterns what fits goes
    /// bit by bit: who reads meanwhile may still see some of it.
    CompletionStage<Long> purge(TopicName topic, Purge what);

    /// Owes a named subscription of a topic again what it has settled: everything kept from where
    /// `from` says. What lies before stays as it is, and what is in flight stays with its consumer,
    /// who settles it once. Gives how many messages are owed again. Fails NOT_FOUND where the
    /// subscription is not there, INVALID for a queue, which keeps nothing that is settled, and for
    /// an offset where more than one partition is meant.
    CompletionStage<Long> reset(SubscriptionRef subscription, ConsumeSpec.Start from);

    /// What a topic's or queue's named subscriptions are for, by their names, in order. Fails
    /// NOT_FOUND.
    CompletionStage<Map<String, Interest>> subscriptions(TopicName topic);

    /// Changes what a named subscription is for. What it has settled stays settled, and consumers
    /// that are attached go on by the filter they came with. Who may configure the topic may do
    /// this. Fails NOT_FOUND; INVALID for what has no name, for one partition of it, where it was
    /// made for all messages without a note, and for a filter that makes no sense.
    CompletionStage<@Nullable Void> alterSubscription(
            SubscriptionRef subscription, Interest interest);

    /// What a named subscription is owed, with what this session has done counted in. Fails
    /// NOT_FOUND, INVALID for what has no name.
    CompletionStage<SubscriptionState> describe(SubscriptionRef subscription);

    /// Removes a named subscription: its consumers are cancelled, what they have is owed to nobody,
    /// and what a queue kept for it alone goes. One of that name can be made anew, and begins where
    /// its maker says. Gives the number of messages that were ready. Who may remove the topic may
    /// do this. Fails NOT_FOUND, INVALID for what has no name and for one partition of it, BUSY
    /// while a transaction that settles for it is being decided.
    CompletionStage<Long> deleteSubscription(SubscriptionRef subscription);

    /// As [#purge], of all partitions of a queue or topic.
    default CompletionStage<Long> purge(TopicName name) {
        return purge(new SubscriptionRef(name, ""));
    }

    /// Makes an exchange, or finds it there with an equal specification; else CONFLICT.
    CompletionStage<ExchangeSpec> declareExchange(ExchangeSpec spec);

    /// Removes an exchange and its bindings; fails NOT_FOUND, or IN_USE (ifUnused and bound).
    CompletionStage<Void> deleteExchange(String namespace, String name, boolean ifUnused);

    /// Adds a binding; no effect where an equal one exists. Fails NOT_FOUND naming what is missing.
    CompletionStage<Void> bind(Binding binding);

    /// Removes a binding; no effect where there is none. Fails NOT_FOUND as [#bind].
    CompletionStage<Void> unbind(Binding binding);

    /// A producer id never given before, durable. Fails as any refused publish.
    CompletionStage<Long> newProducerId();

    // Publishing -------------------------------------------------------------------------------

    /// Publishes the messages of one socket read, in order. The listener is called exactly once,
    /// when every message is decided: stored durably wherever it had to be, unroutable or refused.
    /// Who asks where a message is ([Publication#asks]) is told with that.
    void publish(List<Publication> batch, PublishListener listener);

    /// Whether a batch appended to this topic must also be handed over opened into messages: the
    /// topic keeps messages, or its subject leads to others or is listened to.
    boolean wantsOpened(Topic topic);

    /// Appends producers' batches as they were sent, one per partition. Called back exactly once.
    void append(List<Append> batches, AppendListener listener);

    // Reading by offset ------------------------------------------------------------------------

    /// A reader of one partition that owns its own position. Fails NOT_FOUND at once if there is no
    /// such partition (BrokerException thrown).
    Reader reader(TopicName topic, int partition);

    /// What a partition knows of the subjects of its messages. Fails at once (BrokerException
    /// thrown): NOT_FOUND if there is no such partition, INVALID if the topic has no index
    /// ([QueuePolicy.Admission#indexed]).
    SubjectView subjects(TopicName topic, int partition);

    // Listening --------------------------------------------------------------------------------

    /// Listens to the subjects of a namespace, from now on: every message whose publish goes
    /// through its subject space. Nothing is kept for the listener. It hears what has durable
    /// targets too when it is stored there.
    Live listen(String namespace, Live.Terms terms, LiveListener listener);

    /// As [#listen(String, Live.Terms, LiveListener)], to every message.
    default Live listen(String namespace, LiveListener listener) {
        return listen(namespace, Live.Terms.ALL, listener);
    }

    /// Whether somebody listens to a subject now, whoever's session it is.
    boolean isHeard(String namespace, String subject);

    /// Grows with each change of who listens to what, in any session.
    long listenersVersion();

    /// Those of the session's listeners that hear what is published on a subject now, in no order.
    List<LiveListener> listening(String namespace, String subject);

    /// The listener of this session that alone would hear what is published on a subject; null
    /// where others would, where it listens in a group, and where something would keep it. An
    /// adapter may hand such a message over without publishing it.
    @Nullable LiveListener listeningAlone(String namespace, String subject);

    // Consuming with settlement ----------------------------------------------------------------

    /// Attaches a consumer to a subscription; the subscription is made on first use where the topic
    /// is kept by time or size. On such a topic itself, or a partition of it, the consumer is a
    /// cursor of its own: it gets everything from where it wants to begin, whatever others do, and
    /// its settlements only make room for more; INVALID where more than one partition is meant.
    /// Fails NOT_FOUND, LOCKED (exclusive elsewhere), IN_USE (exclusive asked for, others there).
    CompletionStage<Consumer> consume(ConsumeSpec spec, DeliveryListener listener);

    /// A limit for consumers to share, without one at first.
    SharedCredit sharedCredit();

    /// Takes one ready message, from the partitions in turn; a named subscription is made where it
    /// is missing, from now on. With `settleOnSend` its settlement is durable before it is given.
    /// Unsettled ones belong to this session until settled or closed.
    CompletionStage<Optional<Delivery>> take(SubscriptionRef subscription, boolean settleOnSend);

    /// Settles deliveries of this session, from any of its consumers or takes. `awaited` stages
    /// complete when durable; others may wait for company and the stage need not be looked at.
    CompletionStage<Void> settle(List<Delivery> deliveries, Settlement how, boolean awaited);

    /// Removes a message of a queue whose time has not come: published with a delay, or to be tried
    /// again later. Gives whether it was there and hidden. Fails NOT_FOUND, INVALID for what is not
    /// a queue.
    CompletionStage<Boolean> cancel(TopicName queue, long offset);

    /// Publishes and settles as one: all of it is durable and visible when the stage completes, or
    /// none of it ever is. Outcomes are STORED, UNROUTABLE or NOT_FOUND; whatever else keeps a
    /// publication from being stored fails the whole. Fails DENIED, INVALID (a message too large,
    /// or more than [Transaction#MOST_BYTES]), CONFLICT (a delivery that is not this session's to
    /// settle any more), DISK_FULL, FULL (where it is bounded), BUSY, CLOSED (nothing is known);
    /// then its deliveries are given back (attempt + 1). What a message expects
    /// ([Publication.Expectation]) must be so before the transaction; it fails with a
    /// [TransactionException] where it is not, or where the topic concerned has stored the message
    /// before, and INVALID where such topics are in several shards. Copies that live in memory
    /// follow what is durable. Who asks where a message is ([Publication#asks]) is told with the
    /// outcomes.
    CompletionStage<PublishListener.Outcomes> transact(Transaction transaction);

    /// Begins the time anew that deliveries of this session may stay unsettled
    /// ([QueuePolicy.Service#ackTimeoutMs]). Fails CONFLICT when some were settled, or kept too
    /// long; the others have their time anew.
    CompletionStage<Void> renew(List<Delivery> deliveries);

    /// Counts of a topic or queue, or of a named subscription, now; of one that is not there yet
    /// there is nothing to count.
    CompletionStage<TopicStats> stats(SubscriptionRef what);

    /// As [#stats], of all partitions of a queue or topic.
    default CompletionStage<TopicStats> stats(TopicName name) {
        return stats(new SubscriptionRef(name, ""));
    }

    /// What an operator does with queues.
    Operations operations();

    /// Ends the session: consumers go, what was in flight is released (attempt + 1, to its original
    /// place), exclusive topics and queues are deleted, unused auto-delete ones too. Idempotent.
    ///
    /// @param why kept as the last error of what was in flight
    void close(String why);

    /// As [#close(String)], with nothing more to say.
    @Override
    default void close() {
        close("its consumer's session ended");
    }
}
