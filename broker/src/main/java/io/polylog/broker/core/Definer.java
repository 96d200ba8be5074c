package io.polylog.broker.core;

import io.polylog.broker.Binding;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.command.AlterTopicCommand;
import io.polylog.broker.command.BindCommand;
import io.polylog.broker.command.DeclareExchangeCommand;
import io.polylog.broker.command.DeclareTopicCommand;
import io.polylog.broker.command.DeleteExchangeCommand;
import io.polylog.broker.command.DropTransientCommand;
import io.polylog.broker.command.GrowTopicCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.meta.Catalog;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import io.polylog.security.Operation;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a session defines and removes. On the session's loop.
final class Definer {
    private final CoreSession session;
    private final Core core;
    private boolean ownsSomething;

    Definer(CoreSession session) {
        this.session = session;
        this.core = session.core();
    }

    CompletionStage<Topic> declareTopic(TopicSpec spec) {
        TopicName name = spec.name();
        session.require(Operation.CONFIGURE, name.namespace(), name.name());
        Sieves.check(spec.policy().service().filter());
        Schemas.check(spec.policy().admission().schema());
        Catalog catalog = core.catalog();
        boolean isThere =
                catalog.namespaceExists(name.namespace())
                        || name.namespace().equals(Catalog.INTERNAL_NAMESPACE);
        if (!isThere) {
            throw new BrokerException(Kind.NOT_FOUND, "no namespace " + name.namespace());
        }
        Topic there = catalog.topic(name);
        if (there == null) {
            return declare(spec);
        }
        session.requireNotLocked(there);
        boolean provisional = there.spec().lifetime().provisional();
        if (there.spec().equivalent(spec)) {
            core.idleQueues().used(there);
            boolean confirms = provisional && !spec.lifetime().provisional();
            return confirms ? declare(spec) : opened(there);
        }
        if (provisional && !spec.lifetime().provisional()) {
            return core.removal()
                    .replace(session.loop(), there, declaration(spec, there.id()))
                    .thenCompose(topic -> opened((Topic) topic));
        }
        throw new BrokerException(Kind.CONFLICT, name + " exists with other properties");
    }

    private CompletionStage<Topic> declare(TopicSpec spec) {
        return core.define(session.loop(), declaration(spec, null), Urgency.PUBLISH)
                .thenCompose(topic -> opened((Topic) topic));
    }

    private Command declaration(TopicSpec spec, @Nullable UUID replaces) {
        long owner = spec.lifetime().exclusive() ? session.id() : 0;
        ownsSomething |= owner != 0;
        UUID id = new UUID(core.entropy().nextLong(), core.entropy().nextLong());
        HeadWriter head = new HeadWriter(128);
        new DeclareTopicCommand(spec, id, owner, core.shards(), replaces).encode(head);
        return command(DeclareTopicCommand.TYPE, head);
    }

    /// The topic, once its streams are open.
    private CompletionStage<Topic> opened(Topic topic) {
        CompletableFuture<Topic> done = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> open = core.streams().whenDone(topic);
        if (open.isDone()) {
            done.complete(topic);
        } else {
            open.whenComplete((_, _) -> session.loop().post(() -> done.complete(topic)));
        }
        return done;
    }

    CompletionStage<Topic> alterTopic(
            TopicName name,
            Retention retention,
            @Nullable QueuePolicy policy,
            Map<String, String> arguments) {
        session.require(Operation.CONFIGURE, name.namespace(), name.name());
        Topic topic = session.topicNamed(name);
        if (topic.spec().retention().untilSettled()) {
            throw new BrokerException(Kind.INVALID, name + " is a queue: it keeps until settled");
        }
        HeadWriter head = new HeadWriter(128);
        new AlterTopicCommand(topic.id(), retention, policy, arguments).encode(head);
        return core.define(session.loop(), command(AlterTopicCommand.TYPE, head), Urgency.SETTLE)
                .thenCompose(answer -> {
                    Topic altered = (Topic) answer;
                    core.retention().watch(altered);
                    return opened(altered);
                });
    }

    CompletionStage<Topic> addPartitions(TopicName name, int total) {
        session.require(Operation.CONFIGURE, name.namespace(), name.name());
        HeadWriter head = new HeadWriter(64);
        new GrowTopicCommand(name, total, core.shards()).encode(head);
        return core.define(session.loop(), command(GrowTopicCommand.TYPE, head), Urgency.PUBLISH)
                .thenCompose(topic -> opened((Topic) topic));
    }

    CompletionStage<Long> deleteTopic(TopicName name, boolean ifUnused, boolean ifEmpty) {
        session.require(Operation.CONFIGURE, name.namespace(), name.name());
        Topic topic = session.topicNamed(name);
        session.requireNotLocked(topic);
        return session.beginAfterMine(
                core.port(topic.partitions().getFirst().shard()),
                () -> core.removal().remove(session.loop(), topic, ifUnused, ifEmpty));
    }

    CompletionStage<ExchangeSpec> declareExchange(ExchangeSpec spec) {
        session.require(Operation.CONFIGURE, spec.namespace(), spec.name());
        ExchangeSpec there = core.catalog().exchange(spec.namespace(), spec.name());
        if (spec.equals(there)) {
            return CompletableFuture.completedFuture(there);
        }
        HeadWriter head = new HeadWriter(64);
        new DeclareExchangeCommand(spec).encode(head);
        return core.define(
                        session.loop(), command(DeclareExchangeCommand.TYPE, head), Urgency.PUBLISH)
                .thenApply(ExchangeSpec.class::cast);
    }

    CompletionStage<@Nullable Void> deleteExchange(
            String namespace, String name, boolean ifUnused) {
        session.require(Operation.CONFIGURE, namespace, name);
        HeadWriter head = new HeadWriter(64);
        new DeleteExchangeCommand(namespace, name, ifUnused).encode(head);
        return core.define(
                        session.loop(), command(DeleteExchangeCommand.TYPE, head), Urgency.SETTLE)
                .thenAccept(Definer::ignore);
    }

    CompletionStage<@Nullable Void> bind(Binding binding, boolean add) {
        String namespace = binding.namespace();
        session.require(Operation.READ, namespace, binding.exchange());
        session.require(Operation.WRITE, namespace, binding.destination());
        if (binding.exchange().equals(core.catalog().subjectExchange())) {
            session.require(Operation.READ, namespace, binding.key());
        }
        if (!binding.toExchange() && !binding.destination().isEmpty()) {
            Topic topic = core.catalog().topic(new TopicName(namespace, binding.destination()));
            if (topic != null) {
                session.requireNotLocked(topic);
            }
        }
        if (add) {
            Sieves.check(binding.filter());
        }
        HeadWriter head = new HeadWriter(64);
        new BindCommand(binding, add).encode(head);
        Urgency urgency = add ? Urgency.PUBLISH : Urgency.SETTLE;
        return core.define(session.loop(), command(BindCommand.TYPE, head), urgency)
                .thenAccept(Definer::ignore);
    }

    private static void ignore(Object done) {}

    /// What belonged to the session goes with it.
    void dropOwned() {
        if (ownsSomething) {
            HeadWriter head = new HeadWriter(16);
            new DropTransientCommand(session.id()).encode(head);
            core.insistOnDefinition(command(DropTransientCommand.TYPE, head));
        }
    }

    static Command command(int type, HeadWriter head) {
        return Command.of(type, head.toBuffer());
    }
}
