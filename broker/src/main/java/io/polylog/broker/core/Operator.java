package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Browse;
import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Destination;
import io.polylog.broker.Operations;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Rule;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.PauseCommand;
import io.polylog.broker.command.RuleCommand;
import io.polylog.broker.core.Scan.Look;
import io.polylog.broker.core.Shipment.Order;
import io.polylog.broker.routing.Route;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import io.polylog.security.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What a session does with queues as an operator. On the session's loop.
final class Operator implements Operations {
    private final CoreSession session;

    Operator(CoreSession session) {
        this.session = session;
    }

    /// Runs what is asked when all that the session did so far is there.
    private <T extends @Nullable Object> CompletionStage<T> after(
            Topic topic, Supplier<CompletionStage<T>> question) {
        return session.beginAfterMine(
                session.core().port(topic.partitions().getFirst().shard()), question);
    }

    private Topic queueToRead(TopicName name) {
        Topic topic = session.topicToRead(name);
        if (!topic.spec().isQueue()) {
            throw new BrokerException(Kind.INVALID, "'" + name + "' is not a queue");
        }
        return topic;
    }

    // Rules ------------------------------------------------------------------------------------

    @Override
    public CompletionStage<@Nullable Void> rule(Rule rule, boolean add) {
        return session.staged(() -> {
            session.require(Operation.CONFIGURE, rule.namespace(), rule.pattern());
            Sieves.check(rule.filter());
            Schemas.check(rule.schema());
            HeadWriter head = new HeadWriter(64);
            new RuleCommand(rule, add).encode(head);
            Core core = session.core();
            return core.define(
                            session.loop(),
                            Definer.command(RuleCommand.TYPE, head),
                            Urgency.PUBLISH)
                    .thenCompose(changed -> told(core, (List<?>) changed));
        });
    }

    /// Completes when the streams of the topics are told of their policies.
    private CompletionStage<@Nullable Void> told(Core core, List<?> topics) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        CompletableFuture.allOf(
                        topics.stream()
                                .map(topic -> core.streams().whenDone((Topic) topic))
                                .toArray(CompletableFuture<?>[]::new))
                .whenComplete((_, _) -> session.loop().post(() -> done.complete(null)));
        return done;
    }

    // Looking ----------------------------------------------------------------------------------

    @Override
    public CompletionStage<Browse> browse(
            SubscriptionRef what, long from, int maxMessages, int maxBytes) {
        return session.staged(() -> {
            Topic topic = session.topicToRead(what.topic());
            List<Topic.Partition> partitions = what.partitions(topic);
            if (partitions.size() != 1) {
                throw new BrokerException(
                        Kind.INVALID, what.topic() + " has several partitions: name one");
            }
            Scan scan = new Scan(session, topic, partitions.getFirst(), what.name());
            return after(topic, () -> new Browsing(scan, maxMessages, maxBytes).from(from));
        });
    }

    /// One page.
    private static final class Browsing {
        private final Scan scan;
        private final int maxMessages;
        private final int maxBytes;
        private final List<Seen> seen = new ArrayList<>();
        private final List<String> damage = new ArrayList<>(0);
        private final CompletableFuture<Browse> done = new CompletableFuture<>();
        private long bytes;
        private boolean full;

        Browsing(Scan scan, int maxMessages, int maxBytes) {
            this.scan = scan;
            this.maxMessages = maxMessages;
            this.maxBytes = maxBytes;
        }

        CompletionStage<Browse> from(long from) {
            scan.look(from, (each, _) -> add(each)).whenComplete(this::looked);
            return done;
        }

        private boolean add(Seen each) {
            seen.add(each);
            bytes += each.content().bytes().remaining();
            full = seen.size() >= maxMessages || bytes >= maxBytes;
            return !full;
        }

        private void looked(@Nullable Look look, @Nullable Throwable failed) {
            if (look == null) {
                done.completeExceptionally(failed == null ? Scan.closed() : failed);
                return;
            }
            look.damage().forEach(each -> damage.add(StreamReader.text(each)));
            if (full || look.atEnd()) {
                done.complete(new Browse(seen, look.next(), look.end(), look.paused(), damage));
            } else {
                from(look.next());
            }
        }
    }

    @Override
    public CompletionStage<List<Group>> groups(TopicName queue) {
        return session.staged(() -> {
            Topic topic = queueToRead(queue);
            return after(
                    topic,
                    () -> {
                        Scan scan = new Scan(session, topic, topic.partitions().getFirst(), "");
                        Groups groups = new Groups();
                        return scan.through(0, end(scan), (seen, _) -> groups.add(seen))
                                .thenApply(_ -> groups.all());
                    });
        });
    }

    private static long end(Scan scan) {
        StreamEnds ends = scan.port().ends(scan.stream());
        return ends == null ? 0 : ends.end();
    }

    // Sending ----------------------------------------------------------------------------------

    @Override
    public CompletionStage<Tally> send(
            Selection selection, Destination destination, int perSecond, boolean dryRun) {
        return session.staged(() -> {
            Topic queue = queueToRead(selection.queue());
            requireOpen(selection.queue().namespace(), destination);
            Order order = new Order(selection, destination, perSecond, dryRun);
            return after(queue, () -> new Shipment(session, queue, order).begin());
        });
    }

    /// The operator may write there, and something is there.
    private void requireOpen(String namespace, Destination destination) {
        if (!(destination instanceof Destination.Via(String exchange, String key))) {
            return;
        }
        session.require(Operation.WRITE, namespace, exchange.isEmpty() ? key : exchange);
        Address address = new Address.Via(namespace, exchange, key, Map::of);
        Route route =
                session.core().catalog().routes().route(address, session.core().entropy(), null);
        switch (route.found()) {
            case NOT_FOUND ->
                    throw new BrokerException(Kind.NOT_FOUND, "no exchange '" + exchange + "'");
            case CLOSED ->
                    throw new BrokerException(
                            Kind.DENIED, "nobody publishes to exchange '" + exchange + "'");
            case ROUTED -> {
                if (exchange.isEmpty() && route.targets().isEmpty()) {
                    throw new BrokerException(Kind.NOT_FOUND, "no queue or topic '" + key + "'");
                }
            }
        }
    }

    @Override
    public CompletionStage<Tally> discard(Selection selection, boolean dryRun) {
        return session.staged(() -> {
            Topic queue = queueToRead(selection.queue());
            Order order = new Order(selection, null, 0, dryRun);
            return after(queue, () -> new Shipment(session, queue, order).begin());
        });
    }

    @Override
    public CompletionStage<Long> edit(TopicName queue, long offset, UnaryOperator<Content> edit) {
        return session.staged(() -> {
            Topic topic = queueToRead(queue);
            session.require(Operation.WRITE, queue.namespace(), queue.name());
            return after(topic, () -> new Edit(session, topic, offset, edit).begin());
        });
    }

    // Pausing ----------------------------------------------------------------------------------

    @Override
    public CompletionStage<@Nullable Void> pause(SubscriptionRef what, boolean paused) {
        return session.staged(() -> {
            TopicName name = what.topic();
            session.require(Operation.CONFIGURE, name.namespace(), name.name());
            Topic topic = session.topicNamed(name);
            session.requireNotLocked(topic);
            if (!what.isNamed() && !topic.spec().isQueue()) {
                throw new BrokerException(
                        Kind.INVALID, "'" + name + "' is read by offset: nobody is served");
            }
            CompletionStage<@Nullable Void> all = CompletableFuture.completedFuture(null);
            for (Topic.Partition partition : what.partitions(topic)) {
                PauseCommand command = new PauseCommand(partition.stream(), what.name(), paused);
                all = all.thenCompose(_ -> propose(partition, command));
            }
            return all;
        });
    }

    private CompletionStage<@Nullable Void> propose(
            Topic.Partition partition, PauseCommand command) {
        HeadWriter head = new HeadWriter(32);
        command.encode(head);
        return session.ask(
                        session.core().port(partition.shard()),
                        Command.of(PauseCommand.TYPE, head.toBuffer()))
                .thenApply(_ -> null);
    }
}
