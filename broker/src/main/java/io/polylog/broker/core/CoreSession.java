package io.polylog.broker.core;

import io.polylog.broker.Append;
import io.polylog.broker.AppendListener;
import io.polylog.broker.Binding;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Definitions;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Interest;
import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Operations;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener;
import io.polylog.broker.Purge;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.broker.SharedCredit;
import io.polylog.broker.SubjectView;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.SubscriptionState;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicStats;
import io.polylog.broker.Transaction;
import io.polylog.broker.command.FenceCommand;
import io.polylog.broker.core.SettleBuffer.Fate;
import io.polylog.broker.live.Listening;
import io.polylog.broker.live.LiveOutlet;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.shard.Serving;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import io.polylog.security.Operation;
import io.polylog.security.Principal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One connection's session: checks what may be done and hands it to who does it. On its loop.
final class CoreSession implements Session {
    private final Core core;
    private final long id;
    private final Principal principal;
    private final Mailbox loop;
    private final PublishQueue publishes;
    private final LiveOutlet outlet;
    private final Publisher publisher;
    private final Appender appender;
    private final Transactor transactor;
    private final Turns turns = new Turns();
    private final Definer definer;
    private final Consumers consumers;
    private final Contents contents;
    private final Subscriptions subscriptions;
    private final Operator operator;
    private final Removing removing;
    private final Set<StreamReader> readers = new LinkedHashSet<>();
    private final Set<Listening> listenings = new LinkedHashSet<>(0);
    private boolean closed;

    CoreSession(Core core, long id, Principal principal, Mailbox loop) {
        this.core = core;
        this.id = id;
        this.principal = principal;
        this.loop = loop;
        outlet = new LiveOutlet(loop, this::resumePublishes);
        publishes = new PublishQueue(outlet);
        publisher = new Publisher(this);
        appender = new Appender(this);
        transactor = new Transactor(this);
        definer = new Definer(this);
        consumers = new Consumers(this);
        contents = new Contents(this);
        subscriptions = new Subscriptions(this);
        operator = new Operator(this);
        removing = new Removing(this);
    }

    Core core() {
        return core;
    }

    long id() {
        return id;
    }

    Principal principal() {
        return principal;
    }

    Mailbox loop() {
        return loop;
    }

    PublishQueue publishes() {
        return publishes;
    }

    Publisher publisher() {
        return publisher;
    }

    Transactor transactor() {
        return transactor;
    }

    Turns turns() {
        return turns;
    }

    Consumers consumers() {
        return consumers;
    }

    LiveOutlet outlet() {
        return outlet;
    }

    private void resumePublishes() {
        publishes.advanced();
    }

    boolean isClosed() {
        return closed;
    }

    // The gate ---------------------------------------------------------------------------------

    /// The broker's own topics are for the broker alone.
    boolean may(Operation operation, String namespace, String name) {
        boolean open = principal.internal() || !namespace.equals(Catalog.INTERNAL_NAMESPACE);
        return open && core.permissions().allow(principal, operation, namespace, name);
    }

    void require(Operation operation, String namespace, String name) {
        if (!may(operation, namespace, name)) {
            throw new BrokerException(
                    Kind.DENIED,
                    "%s access to '%s' refused for user '%s'"
                            .formatted(
                                    operation.name().toLowerCase(Locale.ROOT),
                                    name,
                                    principal.name()));
        }
    }

    Topic topicNamed(TopicName name) {
        Topic topic = core.catalog().topic(name);
        if (topic == null) {
            throw new BrokerException(Kind.NOT_FOUND, "no queue or topic '" + name + "'");
        }
        return topic;
    }

    void requireNotLocked(Topic topic) {
        if (topic.owner() != 0 && topic.owner() != id) {
            throw new BrokerException(
                    Kind.LOCKED, topic.spec().name() + " belongs to another connection");
        }
    }

    /// A topic this session may read from.
    Topic topicToRead(TopicName name) {
        require(Operation.READ, name.namespace(), name.name());
        Topic topic = topicNamed(name);
        requireNotLocked(topic);
        return topic;
    }

    // Order ------------------------------------------------------------------------------------

    /// Runs a task when everything this session published and settled so far has been applied in a
    /// shard, so that what it asks then counts it in.
    void afterMine(ShardPort port, Runnable task) {
        turns.await(() ->
                publishes.afterAll(() -> {
                    if (!consumers.settles().isOutstanding()) {
                        task.run();
                        return;
                    }
                    consumers.settles().flush(false);
                    ask(port, FenceCommand.command()).whenComplete((_, _) -> task.run());
                }));
    }

    /// Asks a shard then.
    <T extends @Nullable Object> CompletionStage<T> askAfterMine(
            ShardPort port, Function<Serving, T> question) {
        CompletableFuture<T> done = new CompletableFuture<>();
        afterMine(port, () -> port.ask(loop, question, done::complete));
        return done;
    }

    /// Begins something then.
    <T extends @Nullable Object> CompletionStage<T> beginAfterMine(
            ShardPort port, Supplier<CompletionStage<T>> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        afterMine(
                port,
                () ->
                        staged(work)
                                .whenComplete((answer, failed) -> {
                                    if (failed == null) {
                                        done.complete(answer);
                                    } else {
                                        done.completeExceptionally(BrokerException.reason(failed));
                                    }
                                }));
        return done;
    }

    /// Proposes a command that somebody waits for.
    CompletableFuture<Object> ask(ShardPort port, Command command) {
        Ask ask = new Ask(loop);
        port.propose(ask.batch(command, Urgency.SETTLE));
        return ask.answer();
    }

    /// Everything asked fails through its stage.
    <T extends @Nullable Object> CompletionStage<T> staged(Supplier<CompletionStage<T>> question) {
        if (closed) {
            return CompletableFuture.failedFuture(
                    new BrokerException(Kind.CLOSED, "the session is closed"));
        }
        try {
            return question.get();
        } catch (BrokerException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    // Definitions ------------------------------------------------------------------------------

    @Override
    public Definitions definitions() {
        return core.catalog();
    }

    @Override
    public CompletionStage<Topic> declareTopic(TopicSpec spec) {
        return staged(() -> definer.declareTopic(spec));
    }

    @Override
    public CompletionStage<Long> deleteTopic(TopicName name, boolean ifUnused, boolean ifEmpty) {
        return staged(() -> definer.deleteTopic(name, ifUnused, ifEmpty));
    }

    @Override
    public CompletionStage<Topic> addPartitions(TopicName name, int total) {
        return staged(() -> definer.addPartitions(name, total));
    }

    @Override
    public CompletionStage<Topic> alterTopic(
            TopicName name,
            TopicSpec.Retention retention,
            @Nullable QueuePolicy policy,
            Map<String, String> arguments) {
        return staged(() -> definer.alterTopic(name, retention, policy, arguments));
    }

    @Override
    public CompletionStage<Long> trim(TopicName name, int partition, long start) {
        return staged(() -> contents.trim(name, partition, start));
    }

    @Override
    public CompletionStage<Long> purge(SubscriptionRef what) {
        return staged(() -> contents.purge(what));
    }

    @Override
    public CompletionStage<List<Boolean>> remove(
            TopicName topic, int partition, List<Long> offsets) {
        return staged(() -> removing.remove(topic, partition, offsets));
    }

    @Override
    public CompletionStage<Long> skip(TopicName topic, int partition, long to) {
        return staged(() -> removing.skip(topic, partition, to));
    }

    @Override
    public CompletionStage<Long> purge(TopicName topic, Purge what) {
        return staged(() -> removing.purge(topic, what));
    }

    @Override
    public CompletionStage<Long> reset(SubscriptionRef subscription, ConsumeSpec.Start from) {
        return staged(() -> contents.reset(subscription, from));
    }

    @Override
    public CompletionStage<Map<String, Interest>> subscriptions(TopicName topic) {
        return staged(() -> subscriptions.all(topic));
    }

    @Override
    public CompletionStage<SubscriptionState> describe(SubscriptionRef subscription) {
        return staged(() -> subscriptions.describe(subscription));
    }

    @Override
    public CompletionStage<@Nullable Void> alterSubscription(
            SubscriptionRef subscription, Interest interest) {
        return staged(() -> subscriptions.alter(subscription, interest));
    }

    @Override
    public CompletionStage<Long> deleteSubscription(SubscriptionRef subscription) {
        return staged(() -> subscriptions.delete(subscription));
    }

    @Override
    public CompletionStage<ExchangeSpec> declareExchange(ExchangeSpec spec) {
        return staged(() -> definer.declareExchange(spec));
    }

    @Override
    public CompletionStage<@Nullable Void> deleteExchange(
            String namespace, String name, boolean ifUnused) {
        return staged(() -> definer.deleteExchange(namespace, name, ifUnused));
    }

    @Override
    public CompletionStage<@Nullable Void> bind(Binding binding) {
        return staged(() -> definer.bind(binding, true));
    }

    @Override
    public CompletionStage<@Nullable Void> unbind(Binding binding) {
        return staged(() -> definer.bind(binding, false));
    }

    @Override
    public CompletionStage<Long> newProducerId() {
        return staged(() -> core.producerIds().next(loop));
    }

    // Publishing -------------------------------------------------------------------------------

    @Override
    public void publish(List<Publication> batch, PublishListener listener) {
        if (turns.areFree()) {
            publisher.publish(batch, listener);
        } else {
            turns.await(() -> publisher.publish(batch, listener));
        }
    }

    @Override
    public boolean wantsOpened(Topic topic) {
        return core.catalog().storesOpened(topic)
                || !core.listeners()
                        .audience(core.catalog().routes().subjects(topic), id)
                        .isEmpty();
    }

    @Override
    public void append(List<Append> batches, AppendListener listener) {
        if (turns.areFree()) {
            appender.append(batches, listener);
        } else {
            turns.await(() -> appender.append(batches, listener));
        }
    }

    @Override
    public Live listen(String namespace, Live.Terms terms, LiveListener listener) {
        Listening listening =
                new Listening(
                        core.listeners(),
                        new Listening.Place(namespace, loop, id),
                        terms,
                        listener,
                        new Listening.Gate() {
                            @Override
                            public void require(String pattern) {
                                CoreSession.this.require(Operation.READ, namespace, pattern);
                            }

                            @Override
                            public void closed(Listening over) {
                                listenings.remove(over);
                            }
                        });
        listenings.add(listening);
        return listening;
    }

    @Override
    public boolean isHeard(String namespace, String subject) {
        return core.listeners().isHeard(namespace, subject);
    }

    @Override
    public long listenersVersion() {
        return core.listeners().version();
    }

    @Override
    public List<LiveListener> listening(String namespace, String subject) {
        return core.listeners().listening(namespace, subject, id);
    }

    @Override
    public @Nullable LiveListener listeningAlone(String namespace, String subject) {
        LiveListener alone = core.listeners().listeningAlone(namespace, subject, id);
        return alone == null || core.catalog().routes().leadsAnywhere(namespace, subject)
                ? null
                : alone;
    }

    // Reading and consuming --------------------------------------------------------------------

    @Override
    public Reader reader(TopicName name, int partition) {
        Topic topic = topicToRead(name);
        if (partition < 0 || partition >= topic.partitions().size()) {
            throw new BrokerException(Kind.NOT_FOUND, name + " has no partition " + partition);
        }
        Topic.Partition place = topic.partitions().get(partition);
        ShardPort port = core.port(place.shard());
        StreamEnds ends = port.ends(place.stream());
        if (ends == null) {
            throw new BrokerException(Kind.NOT_FOUND, name + " is not open");
        }
        StreamReader reader = new StreamReader(this, port, ends, topic, place);
        readers.add(reader);
        return reader;
    }

    @Override
    public SubjectView subjects(TopicName name, int partition) {
        Topic topic = topicToRead(name);
        if (partition < 0 || partition >= topic.partitions().size()) {
            throw new BrokerException(Kind.NOT_FOUND, name + " has no partition " + partition);
        }
        return new Subjects(this, topic, partition);
    }

    void forget(StreamReader reader) {
        readers.remove(reader);
    }

    @Override
    public CompletionStage<Consumer> consume(ConsumeSpec spec, DeliveryListener listener) {
        return staged(() -> consumers.consume(spec, listener));
    }

    @Override
    public SharedCredit sharedCredit() {
        return new CreditGroup();
    }

    @Override
    public CompletionStage<Optional<Delivery>> take(
            SubscriptionRef subscription, boolean settleOnSend) {
        return staged(() -> consumers.taking().take(subscription, settleOnSend));
    }

    @Override
    public CompletionStage<@Nullable Void> settle(
            List<Delivery> deliveries, Settlement how, boolean awaited) {
        Fate fate = Fate.of(how);
        return staged(() -> consumers.settle(deliveries, fate, awaited));
    }

    @Override
    public CompletionStage<Boolean> cancel(TopicName queue, long offset) {
        return staged(() -> contents.cancel(queue, offset));
    }

    @Override
    public CompletionStage<PublishListener.Outcomes> transact(Transaction transaction) {
        if (turns.areFree()) {
            return staged(() -> transactor.transact(transaction));
        }
        CompletableFuture<@Nullable Void> turn = new CompletableFuture<>();
        turns.await(() -> turn.complete(null));
        return turn.thenCompose(_ -> staged(() -> transactor.transact(transaction)));
    }

    @Override
    public CompletionStage<@Nullable Void> renew(List<Delivery> deliveries) {
        return staged(() -> consumers.renew(deliveries));
    }

    @Override
    public CompletionStage<TopicStats> stats(SubscriptionRef what) {
        return staged(() -> contents.stats(what));
    }

    @Override
    public Operations operations() {
        return operator;
    }

    @Override
    public void close(String why) {
        if (!closed) {
            closed = true;
            consumers.closeAll(why);
            List.copyOf(listenings).forEach(Listening::close);
            List.copyOf(readers).forEach(StreamReader::close);
            definer.dropOwned();
        }
    }
}
