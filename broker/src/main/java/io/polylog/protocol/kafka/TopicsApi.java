package io.polylog.protocol.kafka;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Definitions;
import io.polylog.broker.Session;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.message.TopicName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.message.CreatePartitionsRequestData;
import org.apache.kafka.common.message.CreatePartitionsRequestData.CreatePartitionsTopic;
import org.apache.kafka.common.message.CreatePartitionsResponseData;
import org.apache.kafka.common.message.CreatePartitionsResponseData.CreatePartitionsTopicResult;
import org.apache.kafka.common.message.CreateTopicsRequestData;
import org.apache.kafka.common.message.CreateTopicsRequestData.CreatableTopic;
import org.apache.kafka.common.message.CreateTopicsResponseData;
import org.apache.kafka.common.message.CreateTopicsResponseData.CreatableTopicResult;
import org.apache.kafka.common.message.DeleteTopicsRequestData.DeleteTopicState;
import org.apache.kafka.common.message.DeleteTopicsResponseData;
import org.apache.kafka.common.message.DeleteTopicsResponseData.DeletableTopicResult;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.CreatePartitionsRequest;
import org.apache.kafka.common.requests.CreateTopicsRequest;
import org.apache.kafka.common.requests.DeleteTopicsRequest;
import org.jspecify.annotations.Nullable;

/// CreateTopics, DeleteTopics, CreatePartitions. On the connection's loop.
final class TopicsApi {
    private static final int MOST_PARTITIONS = 10_000;
    private static final short STATES_FROM = 6;

    private TopicsApi() {}

    // CreateTopics -----------------------------------------------------------------------------

    static void createTopics(KafkaRequest request) {
        CreateTopicsRequestData body = request.body(CreateTopicsRequest.class).data();
        CreateTopicsResponseData answer = new CreateTopicsResponseData();
        Gather gather = new Gather(() -> request.answer(answer));
        for (CreatableTopic asked : body.topics()) {
            if (answer.topics().find(asked.name()) != null) {
                continue; // said once for all of that name
            }
            CreatableTopicResult result = new CreatableTopicResult().setName(asked.name());
            answer.topics().add(result);
            try {
                if (body.topics().findAll(asked.name()).size() > 1) {
                    throw Errors.INVALID_REQUEST.exception("the request names it twice");
                }
                TopicSpec spec = wanted(request, asked);
                if (body.validateOnly()) {
                    describe(result, spec);
                } else {
                    gather.add(
                            request.connection().session().declareTopic(spec),
                            (topic, error) -> created(result, topic, error));
                }
            } catch (ApiException e) {
                fail(result, e);
            }
        }
        gather.allAdded();
    }

    private static TopicSpec wanted(KafkaRequest request, CreatableTopic asked) {
        TopicName name = KafkaNames.topicName(asked.name());
        Topic there = request.connection().session().definitions().topic(name);
        if (there != null && !there.spec().lifetime().provisional()) {
            throw Errors.TOPIC_ALREADY_EXISTS.exception(
                    "Topic '%s' already exists.".formatted(asked.name()));
        }
        KafkaSettings settings = request.connection().node().settings();
        int partitions = partitions(asked, settings);
        Map<String, @Nullable String> configs = new HashMap<>();
        asked.configs().forEach(config -> configs.put(config.name(), config.value()));
        return TopicConfigs.spec(name, partitions, configs, settings);
    }

    private static int partitions(CreatableTopic asked, KafkaSettings settings) {
        if (!asked.assignments().isEmpty()) {
            asked.assignments().forEach(assignment -> checkReplicas(assignment.brokerIds()));
            for (int i = 0; i < asked.assignments().size(); i++) {
                if (asked.assignments().find(i) == null) {
                    throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                            "partition numbers must go from 0 without a gap");
                }
            }
            return asked.assignments().size();
        }
        if (asked.replicationFactor() != -1 && asked.replicationFactor() != 1) {
            throw Errors.INVALID_REPLICATION_FACTOR.exception(
                    "there is one node: the replication factor must be 1 or -1");
        }
        int partitions = asked.numPartitions();
        if (partitions == -1) {
            return settings.defaultPartitions();
        }
        if (partitions < 1 || partitions > MOST_PARTITIONS) {
            throw Errors.INVALID_PARTITIONS.exception("partitions must be 1 to " + MOST_PARTITIONS);
        }
        return partitions;
    }

    private static void checkReplicas(List<Integer> nodes) {
        if (!nodes.equals(List.of(KafkaNode.ID))) {
            throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                    "there is one node: each partition's replicas must be [" + KafkaNode.ID + "]");
        }
    }

    private static void created(
            CreatableTopicResult result, @Nullable Topic topic, @Nullable Throwable error) {
        if (topic == null || error != null) {
            fail(result, KafkaErrors.exception(orUnknown(error)));
            return;
        }
        describe(result, topic.spec());
        result.setTopicId(KafkaNames.id(topic));
    }

    private static void describe(CreatableTopicResult result, TopicSpec spec) {
        result.setNumPartitions(spec.partitions()).setReplicationFactor((short) 1);
    }

    private static void fail(CreatableTopicResult result, ApiException error) {
        result.setErrorCode(Errors.forException(error).code()).setErrorMessage(error.getMessage());
    }

    // DeleteTopics -----------------------------------------------------------------------------

    static void deleteTopics(KafkaRequest request) {
        DeleteTopicsRequest body = request.body(DeleteTopicsRequest.class);
        DeleteTopicsResponseData answer = new DeleteTopicsResponseData();
        Gather gather = new Gather(() -> request.answer(answer));
        List<DeleteTopicState> asked =
                request.version() >= STATES_FROM
                        ? body.data().topics()
                        : body.data().topicNames().stream()
                                .map(name -> new DeleteTopicState().setName(name))
                                .toList();
        for (DeleteTopicState one : asked) {
            DeletableTopicResult result =
                    new DeletableTopicResult().setName(one.name()).setTopicId(one.topicId());
            answer.responses().add(result);
            delete(request.connection().session(), one, result, gather);
        }
        gather.allAdded();
    }

    private static void delete(
            Session session, DeleteTopicState asked, DeletableTopicResult result, Gather gather) {
        Definitions definitions = session.definitions();
        boolean byId = !asked.topicId().equals(Uuid.ZERO_UUID);
        if (byId == (asked.name() != null)) {
            result.setErrorCode(Errors.INVALID_REQUEST.code())
                    .setErrorMessage("a topic is named or given by its id");
            return;
        }
        Topic topic =
                byId
                        ? KafkaNames.find(definitions, asked.topicId())
                        : KafkaNames.find(definitions, asked.name());
        if (topic == null) {
            Errors error = byId ? Errors.UNKNOWN_TOPIC_ID : Errors.UNKNOWN_TOPIC_OR_PARTITION;
            result.setErrorCode(error.code()).setErrorMessage(error.message());
            return;
        }
        KafkaNames.kafkaName(topic).ifPresent(result::setName);
        result.setTopicId(KafkaNames.id(topic));
        gather.add(
                session.deleteTopic(topic.spec().name(), false, false),
                (gone, error) -> {
                    if (error != null) {
                        ApiException why = KafkaErrors.exception(error);
                        result.setErrorCode(Errors.forException(why).code())
                                .setErrorMessage(why.getMessage());
                    }
                });
    }

    // CreatePartitions -------------------------------------------------------------------------

    static void createPartitions(KafkaRequest request) {
        CreatePartitionsRequestData body = request.body(CreatePartitionsRequest.class).data();
        CreatePartitionsResponseData answer = new CreatePartitionsResponseData();
        Gather gather = new Gather(() -> request.answer(answer));
        for (CreatePartitionsTopic asked : body.topics()) {
            CreatePartitionsTopicResult result =
                    new CreatePartitionsTopicResult().setName(asked.name());
            answer.results().add(result);
            try {
                Topic topic = grown(request.connection().session().definitions(), asked);
                if (!body.validateOnly()) {
                    gather.add(
                            request.connection()
                                    .session()
                                    .addPartitions(topic.spec().name(), asked.count()),
                            (done, error) -> {
                                if (error != null) {
                                    fail(result, KafkaErrors.exception(error));
                                }
                            });
                }
            } catch (ApiException e) {
                fail(result, e);
            }
        }
        gather.allAdded();
    }

    private static Topic grown(Definitions definitions, CreatePartitionsTopic asked) {
        Topic topic = KafkaNames.find(definitions, asked.name());
        if (topic == null) {
            throw Errors.UNKNOWN_TOPIC_OR_PARTITION.exception();
        }
        int now = topic.partitions().size();
        if (asked.count() <= now || asked.count() > MOST_PARTITIONS || topic.spec().isQueue()) {
            throw Errors.INVALID_PARTITIONS.exception(
                    "The topic '%s' has %d partitions; it cannot have %d."
                            .formatted(asked.name(), now, asked.count()));
        }
        if (asked.assignments() != null) {
            if (asked.assignments().size() != asked.count() - now) {
                throw Errors.INVALID_REPLICA_ASSIGNMENT.exception(
                        "an assignment for each new partition is wanted");
            }
            asked.assignments().forEach(assignment -> checkReplicas(assignment.brokerIds()));
        }
        return topic;
    }

    private static void fail(CreatePartitionsTopicResult result, ApiException error) {
        result.setErrorCode(Errors.forException(error).code()).setErrorMessage(error.getMessage());
    }

    private static Throwable orUnknown(@Nullable Throwable error) {
        return error != null
                ? error
                : new BrokerException(BrokerException.Kind.CLOSED, "no answer");
    }
}
