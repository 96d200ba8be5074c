package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.command.DeclareTopicCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.meta.Catalog;
import io.polylog.log.Batch.Urgency;
import io.polylog.message.TopicName;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Makes and opens internal streams. Any thread.
final class InternalStreams {
    private static final Mailbox AT_ONCE = Runnable::run;
    private static final Retention NEWEST_PER_KEY = new Retention(-1, -1, false, true);
    private static final Lifetime UNLISTED = new Lifetime(true, false, false, false, false);

    private final Core core;

    InternalStreams(Core core) {
        this.core = core;
    }

    CompletionStage<InternalStream> open(String name, int partitions, int partition) {
        TopicName topicName = new TopicName(Catalog.INTERNAL_NAMESPACE, name);
        Topic there = core.catalog().topic(topicName);
        CompletionStage<Topic> topic =
                there == null
                        ? make(topicName, partitions)
                        : CompletableFuture.completedFuture(there);
        return topic.thenCompose(found -> core.streams().whenDone(found).thenApply(_ -> found))
                .thenApply(found -> stream(found, partition));
    }

    private CompletionStage<Topic> make(TopicName name, int partitions) {
        TopicSpec spec =
                new TopicSpec(name, Form.BATCHES, partitions, NEWEST_PER_KEY, UNLISTED, Map.of());
        UUID id = new UUID(core.entropy().nextLong(), core.entropy().nextLong());
        HeadWriter head = new HeadWriter(64);
        new DeclareTopicCommand(spec, id, 0, core.shards(), null).encode(head);
        return core.define(AT_ONCE, Definer.command(DeclareTopicCommand.TYPE, head), Urgency.SETTLE)
                .thenApply(Topic.class::cast);
    }

    private InternalStream stream(Topic topic, int partition) {
        if (partition < 0 || partition >= topic.partitions().size()) {
            throw new BrokerException(
                    Kind.NOT_FOUND, topic.spec().name() + " has no partition " + partition);
        }
        Topic.Partition place = topic.partitions().get(partition);
        return new CoreInternalStream(core.port(place.shard()), place.stream());
    }
}
