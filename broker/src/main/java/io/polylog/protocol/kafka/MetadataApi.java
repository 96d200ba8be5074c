package io.polylog.protocol.kafka;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Definitions;
import io.polylog.broker.Session;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.message.MetadataRequestData;
import org.apache.kafka.common.message.MetadataRequestData.MetadataRequestTopic;
import org.apache.kafka.common.message.MetadataResponseData;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseBroker;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponsePartition;
import org.apache.kafka.common.message.MetadataResponseData.MetadataResponseTopic;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.MetadataRequest;
import org.jspecify.annotations.Nullable;

/// Metadata: the one node, the topics and queues, and topics made by asking for them. On the
/// connection's loop.
final class MetadataApi {
    /// From here on an empty list of topics means none; before, it meant all.
    private static final short NONE_IS_EMPTY_FROM = 1;

    private MetadataApi() {}

    static void metadata(KafkaRequest request) {
        MetadataRequestData body = request.body(MetadataRequest.class).data();
        List<MetadataRequestTopic> asked = body.topics();
        boolean all = asked == null || (asked.isEmpty() && request.version() < NONE_IS_EMPTY_FROM);
        if (all) {
            request.answer(answer(request, allTopics(request)));
            return;
        }
        boolean make =
                body.allowAutoTopicCreation()
                        && request.connection().node().settings().autoCreateTopics();
        Creations creations = new Creations(request);
        for (MetadataRequestTopic topic : asked) {
            creations.find(topic, make);
        }
        creations.whenDone(topics -> request.answer(answer(request, topics)));
    }

    private static List<MetadataResponseTopic> allTopics(KafkaRequest request) {
        List<MetadataResponseTopic> topics = new ArrayList<>();
        for (Topic topic : request.connection().session().definitions().topics()) {
            KafkaNames.kafkaName(topic).ifPresent(name -> topics.add(describe(name, topic)));
        }
        return topics;
    }

    private static MetadataResponseData answer(
            KafkaRequest request, List<MetadataResponseTopic> topics) {
        KafkaSettings.HostAndPort address = Addresses.of(request.connection());
        MetadataResponseData answer =
                new MetadataResponseData()
                        .setClusterId(request.connection().node().settings().clusterId())
                        .setControllerId(KafkaNode.ID);
        answer.brokers()
                .add(
                        new MetadataResponseBroker()
                                .setNodeId(KafkaNode.ID)
                                .setHost(address.host())
                                .setPort(address.port()));
        topics.forEach(answer.topics()::mustAdd);
        return answer;
    }

    static MetadataResponseTopic describe(String name, Topic topic) {
        MetadataResponseTopic described =
                new MetadataResponseTopic().setName(name).setTopicId(KafkaNames.id(topic));
        for (Topic.Partition partition : topic.partitions()) {
            described
                    .partitions()
                    .add(
                            new MetadataResponsePartition()
                                    .setPartitionIndex(partition.number())
                                    .setLeaderId(KafkaNode.ID)
                                    .setLeaderEpoch(KafkaBatch.LEADER_EPOCH)
                                    .setReplicaNodes(List.of(KafkaNode.ID))
                                    .setIsrNodes(List.of(KafkaNode.ID)));
        }
        return described;
    }

    /// The topics of one answer, some of which are still being made.
    private static final class Creations {
        private final KafkaRequest request;
        private final Session session;
        private final List<MetadataResponseTopic> found = new ArrayList<>();
        private final List<CompletionStage<Void>> pending = new ArrayList<>();

        Creations(KafkaRequest request) {
            this.request = request;
            this.session = request.connection().session();
        }

        void find(MetadataRequestTopic asked, boolean make) {
            Definitions definitions = session.definitions();
            String name = asked.name();
            if (name == null || !asked.topicId().equals(Uuid.ZERO_UUID)) {
                Topic topic = KafkaNames.find(definitions, asked.topicId());
                found.add(topic == null ? unknown(asked.topicId()) : describeKnown(topic));
                return;
            }
            Topic topic = KafkaNames.find(definitions, name);
            if (topic != null) {
                found.add(describe(name, topic));
                return;
            }
            try {
                TopicName plain = KafkaNames.topicName(name);
                if (make && definitions.topic(plain) == null) {
                    make(name, plain);
                } else {
                    found.add(failed(name, Errors.UNKNOWN_TOPIC_OR_PARTITION));
                }
            } catch (InvalidTopicException e) {
                found.add(failed(name, Errors.INVALID_TOPIC_EXCEPTION));
            }
        }

        private void make(String name, TopicName plain) {
            KafkaSettings settings = request.connection().node().settings();
            pending.add(
                    session.declareTopic(TopicConfigs.provisional(plain, settings))
                            .handle((topic, error) -> {
                                found.add(made(name, topic, error));
                                return null;
                            }));
        }

        /// Somebody else may have made it meanwhile, perhaps as something else: that is found too.
        private MetadataResponseTopic made(
                String name, @Nullable Topic topic, @Nullable Throwable error) {
            Topic there = topic != null ? topic : KafkaNames.find(session.definitions(), name);
            if (there != null) {
                return describe(name, there);
            }
            boolean refused = KafkaErrors.cause(error) instanceof BrokerException;
            return failed(
                    name,
                    refused ? Errors.LEADER_NOT_AVAILABLE : Errors.UNKNOWN_TOPIC_OR_PARTITION);
        }

        void whenDone(java.util.function.Consumer<List<MetadataResponseTopic>> then) {
            if (pending.isEmpty()) {
                then.accept(found);
                return;
            }
            CompletionStage<Void> all = pending.getFirst();
            for (CompletionStage<Void> next : pending.subList(1, pending.size())) {
                all = all.thenCombine(next, (a, b) -> null);
            }
            all.thenRun(() -> then.accept(found));
        }

        private static MetadataResponseTopic describeKnown(Topic topic) {
            return describe(KafkaNames.kafkaName(topic).orElseThrow(), topic);
        }

        private static MetadataResponseTopic failed(String name, Errors error) {
            return new MetadataResponseTopic().setName(name).setErrorCode(error.code());
        }

        private static MetadataResponseTopic unknown(Uuid id) {
            return new MetadataResponseTopic()
                    .setName(null)
                    .setTopicId(id)
                    .setErrorCode(Errors.UNKNOWN_TOPIC_ID.code());
        }
    }
}
