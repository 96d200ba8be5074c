package io.polylog.protocol.kafka;

import io.polylog.broker.Definitions;
import io.polylog.broker.Topic;
import java.util.List;
import java.util.TreeSet;
import org.apache.kafka.common.message.DescribeClusterResponseData;
import org.apache.kafka.common.message.DescribeClusterResponseData.DescribeClusterBroker;
import org.apache.kafka.common.message.DescribeTopicPartitionsRequestData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.Cursor;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponsePartition;
import org.apache.kafka.common.message.DescribeTopicPartitionsResponseData.DescribeTopicPartitionsResponseTopic;
import org.apache.kafka.common.message.SaslAuthenticateResponseData;
import org.apache.kafka.common.message.SaslHandshakeResponseData;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.requests.DescribeClusterRequest;
import org.apache.kafka.common.requests.DescribeTopicPartitionsRequest;
import org.jspecify.annotations.Nullable;

/// DescribeCluster, DescribeTopicPartitions, and the refusal of SASL on an open listener. On the
/// connection's loop.
final class ClusterApi {
    private static final byte BROKERS = 1;

    private ClusterApi() {}

    static void describeCluster(KafkaRequest request) {
        var body = request.body(DescribeClusterRequest.class).data();
        if (body.endpointType() != BROKERS) {
            request.answer(
                    new DescribeClusterResponseData()
                            .setErrorCode(Errors.MISMATCHED_ENDPOINT_TYPE.code())
                            .setErrorMessage("brokers only"));
            return;
        }
        KafkaSettings.HostAndPort address = Addresses.of(request.connection());
        DescribeClusterResponseData answer =
                new DescribeClusterResponseData()
                        .setClusterId(request.connection().node().settings().clusterId())
                        .setControllerId(KafkaNode.ID);
        answer.brokers()
                .add(
                        new DescribeClusterBroker()
                                .setBrokerId(KafkaNode.ID)
                                .setHost(address.host())
                                .setPort(address.port()));
        request.answer(answer);
    }

    static void describeTopicPartitions(KafkaRequest request) {
        DescribeTopicPartitionsRequestData body =
                request.body(DescribeTopicPartitionsRequest.class).data();
        Definitions definitions = request.connection().session().definitions();
        TreeSet<String> names = new TreeSet<>();
        if (body.topics().isEmpty()) {
            definitions
                    .topics()
                    .forEach(topic -> KafkaNames.kafkaName(topic).ifPresent(names::add));
        } else {
            body.topics().forEach(topic -> names.add(topic.name()));
        }
        DescribeTopicPartitionsResponseData answer = new DescribeTopicPartitionsResponseData();
        String from = body.cursor() == null ? "" : body.cursor().topicName();
        int room = body.responsePartitionLimit() < 1 ? 2000 : body.responsePartitionLimit();
        for (String name : names.tailSet(from)) {
            if (answer.nextCursor() != null) {
                break;
            }
            if (room <= 0) {
                answer.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(0));
                break;
            }
            boolean resumed = body.cursor() != null && name.equals(from);
            int first = resumed ? Math.max(0, body.cursor().partitionIndex()) : 0;
            Topic topic = KafkaNames.find(definitions, name);
            room -= add(answer, name, topic, first, room);
        }
        request.answer(answer);
    }

    /// Adds a topic's partitions while there is room; says how many, at least one.
    private static int add(
            DescribeTopicPartitionsResponseData answer,
            String name,
            @Nullable Topic topic,
            int first,
            int room) {
        DescribeTopicPartitionsResponseTopic described =
                new DescribeTopicPartitionsResponseTopic().setName(name);
        answer.topics().add(described);
        if (topic == null) {
            described.setErrorCode(Errors.UNKNOWN_TOPIC_OR_PARTITION.code());
            return 1;
        }
        described.setTopicId(KafkaNames.id(topic));
        int end = Math.min(topic.partitions().size(), first + room);
        for (int partition = first; partition < end; partition++) {
            described.partitions().add(partition(partition));
        }
        if (end < topic.partitions().size()) {
            answer.setNextCursor(new Cursor().setTopicName(name).setPartitionIndex(end));
        }
        return Math.max(1, end - first);
    }

    private static DescribeTopicPartitionsResponsePartition partition(int number) {
        return new DescribeTopicPartitionsResponsePartition()
                .setPartitionIndex(number)
                .setLeaderId(KafkaNode.ID)
                .setLeaderEpoch(KafkaBatch.LEADER_EPOCH)
                .setReplicaNodes(List.of(KafkaNode.ID))
                .setIsrNodes(List.of(KafkaNode.ID))
                .setEligibleLeaderReplicas(List.of())
                .setLastKnownElr(List.of());
    }

    static void saslHandshake(KafkaRequest request) {
        request.answer(
                new SaslHandshakeResponseData()
                        .setErrorCode(Errors.ILLEGAL_SASL_STATE.code())
                        .setMechanisms(List.of()));
    }

    static void saslAuthenticate(KafkaRequest request) {
        request.answer(
                new SaslAuthenticateResponseData()
                        .setErrorCode(Errors.ILLEGAL_SASL_STATE.code())
                        .setErrorMessage("this listener asks for no login"));
    }
}
