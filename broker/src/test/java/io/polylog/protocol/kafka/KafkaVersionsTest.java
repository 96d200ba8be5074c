package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.AbstractResponse;
import org.apache.kafka.common.requests.ResponseHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Every version of every request that is listed gets an answer that a client of that version
/// reads.
class KafkaVersionsTest {
    private static final String TOPIC = "orders";

    private static FakeBroker broker;
    private static KafkaServer server;
    private static Uuid topicId;

    @BeforeAll
    static void start() throws Exception {
        broker = new FakeBroker();
        server = new KafkaServer(broker);
        KafkaSettings settings = KafkaSettings.defaults("c");
        topicId =
                KafkaNames.id(
                        broker.make(
                                TopicConfigs.provisional(KafkaNames.topicName(TOPIC), settings)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static Stream<Arguments> listed() {
        return Arrays.stream(ApiKeys.values())
                .flatMap(key ->
                        key.allVersions().stream()
                                .filter(version -> ApiTable.serves(key, version))
                                .map(version -> Arguments.of(key, version)));
    }

    @ParameterizedTest
    @MethodSource("listed")
    void every_listed_version_is_answered_in_its_own_form(ApiKeys key, short version)
            throws Exception {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.setSoTimeout(20_000);
            byte[] request = KafkaWireTest.frame(key, version, 9, request(key, version));
            socket.getOutputStream().write(request);
            ByteBuffer answer = KafkaWireTest.answer(socket);
            short headerVersion = key.responseHeaderVersion(version);
            assertThat(ResponseHeader.parse(answer, headerVersion).correlationId()).isEqualTo(9);
            AbstractResponse response =
                    AbstractResponse.parseResponse(key, new ByteBufferAccessor(answer), version);
            assertThat(answer.hasRemaining()).isFalse();
            assertThat(response.errorCounts().keySet())
                    .as(response.toString())
                    .doesNotContain(org.apache.kafka.common.protocol.Errors.UNKNOWN_SERVER_ERROR);
        }
    }

    private static ApiMessage request(ApiKeys key, short version) {
        return switch (key) {
            case API_VERSIONS ->
                    new ApiVersionsRequestData()
                            .setClientSoftwareName("test")
                            .setClientSoftwareVersion("1");
            case PRODUCE -> produce(version);
            case FETCH -> fetch(version);
            case LIST_OFFSETS -> listOffsets();
            case METADATA -> metadata(version);
            case OFFSET_FOR_LEADER_EPOCH -> leaderEpochs();
            case CREATE_TOPICS -> createTopics();
            case DELETE_TOPICS -> deleteTopics(version);
            case CREATE_PARTITIONS -> createPartitions();
            case DESCRIBE_CONFIGS -> describeConfigs();
            case FIND_COORDINATOR ->
                    version < 4
                            ? new FindCoordinatorRequestData().setKey("g")
                            : new FindCoordinatorRequestData().setCoordinatorKeys(List.of("g"));
            case JOIN_GROUP -> join();
            case SYNC_GROUP ->
                    new SyncGroupRequestData()
                            .setGroupId("g")
                            .setMemberId("m")
                            .setProtocolType("consumer")
                            .setProtocolName("range");
            case HEARTBEAT -> new HeartbeatRequestData().setGroupId("g").setMemberId("m");
            case LEAVE_GROUP -> leave(version);
            case OFFSET_COMMIT -> commit(version);
            case OFFSET_FETCH -> offsets(version);
            case DESCRIBE_GROUPS -> new DescribeGroupsRequestData().setGroups(List.of("g"));
            case DELETE_GROUPS -> new DeleteGroupsRequestData().setGroupsNames(List.of("none"));
            case OFFSET_DELETE -> new OffsetDeleteRequestData().setGroupId("g");
            case SASL_HANDSHAKE -> new SaslHandshakeRequestData().setMechanism("PLAIN");
            case SASL_AUTHENTICATE -> new SaslAuthenticateRequestData().setAuthBytes(new byte[1]);
            default -> key.messageType.newRequest();
        };
    }

    private static ApiMessage produce(short version) {
        MemoryRecords records =
                MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(1, new byte[5]));
        var topic = new ProduceRequestData.TopicProduceData();
        if (version >= 13) {
            topic.setTopicId(topicId);
        } else {
            topic.setName(TOPIC);
        }
        topic.partitionData()
                .add(new ProduceRequestData.PartitionProduceData().setIndex(0).setRecords(records));
        topic.partitionData().add(new ProduceRequestData.PartitionProduceData().setIndex(7));
        var data = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(1000);
        data.topicData().add(topic);
        return data;
    }

    private static ApiMessage fetch(short version) {
        var topic = new FetchRequestData.FetchTopic();
        if (version >= 13) {
            topic.setTopicId(topicId);
        } else {
            topic.setTopic(TOPIC);
        }
        for (int partition : new int[] {0, 7}) {
            topic.partitions()
                    .add(
                            new FetchRequestData.FetchPartition()
                                    .setPartition(partition)
                                    .setPartitionMaxBytes(1000));
        }
        var data = new FetchRequestData().setMaxWaitMs(10).setMinBytes(1).setTopics(List.of(topic));
        return version < 15 ? data.setReplicaId(-1) : data;
    }

    private static ApiMessage listOffsets() {
        var topic = new ListOffsetsRequestData.ListOffsetsTopic().setName(TOPIC);
        for (long time : new long[] {-1, -2, -3, -4, -5, 5, Long.MAX_VALUE}) {
            topic.partitions()
                    .add(
                            new ListOffsetsRequestData.ListOffsetsPartition()
                                    .setPartitionIndex(0)
                                    .setTimestamp(time));
        }
        return new ListOffsetsRequestData().setReplicaId(-1).setTopics(List.of(topic));
    }

    private static ApiMessage metadata(short version) {
        var data = new MetadataRequestData().setAllowAutoTopicCreation(true);
        for (String name : List.of(TOPIC, "made-by-" + version, "no/name")) {
            data.topics().add(new MetadataRequestData.MetadataRequestTopic().setName(name));
        }
        if (version >= 12) {
            data.topics()
                    .add(new MetadataRequestData.MetadataRequestTopic().setTopicId(new Uuid(1, 2)));
        }
        return data;
    }

    private static ApiMessage leaderEpochs() {
        var topic = new OffsetForLeaderEpochRequestData.OffsetForLeaderTopic().setTopic(TOPIC);
        topic.partitions()
                .add(
                        new OffsetForLeaderEpochRequestData.OffsetForLeaderPartition()
                                .setPartition(0)
                                .setLeaderEpoch(0));
        var data = new OffsetForLeaderEpochRequestData();
        data.topics().add(topic);
        return data;
    }

    private static ApiMessage createTopics() {
        var topic =
                new CreateTopicsRequestData.CreatableTopic()
                        .setName("fresh")
                        .setNumPartitions(1)
                        .setReplicationFactor((short) 1);
        var data = new CreateTopicsRequestData().setValidateOnly(true).setTimeoutMs(1000);
        data.topics().add(topic);
        return data;
    }

    private static ApiMessage deleteTopics(short version) {
        var data = new DeleteTopicsRequestData().setTimeoutMs(1000);
        if (version < 6) {
            return data.setTopicNames(List.of("absent"));
        }
        var byName = new DeleteTopicsRequestData.DeleteTopicState().setName("absent");
        var byId = new DeleteTopicsRequestData.DeleteTopicState().setTopicId(new Uuid(3, 4));
        return data.setTopics(List.of(byName, byId.setName(null)));
    }

    private static ApiMessage createPartitions() {
        var data = new CreatePartitionsRequestData().setTimeoutMs(1000).setValidateOnly(true);
        data.topics()
                .add(
                        new CreatePartitionsRequestData.CreatePartitionsTopic()
                                .setName(TOPIC)
                                .setCount(3)
                                .setAssignments(null));
        return data;
    }

    private static ApiMessage describeConfigs() {
        List<DescribeConfigsRequestData.DescribeConfigsResource> resources = new ArrayList<>();
        for (int type : new int[] {2, 4, 8}) {
            resources.add(
                    new DescribeConfigsRequestData.DescribeConfigsResource()
                            .setResourceType((byte) type)
                            .setResourceName(type == 2 ? TOPIC : "0")
                            .setConfigurationKeys(null));
        }
        return new DescribeConfigsRequestData().setResources(resources);
    }

    private static ApiMessage join() {
        var data =
                new JoinGroupRequestData()
                        .setGroupId("g")
                        .setMemberId("nobody")
                        .setProtocolType("consumer")
                        .setSessionTimeoutMs(6000)
                        .setRebalanceTimeoutMs(6000);
        data.protocols()
                .add(
                        new JoinGroupRequestData.JoinGroupRequestProtocol()
                                .setName("range")
                                .setMetadata(new byte[1]));
        return data;
    }

    private static ApiMessage leave(short version) {
        var data = new LeaveGroupRequestData().setGroupId("g");
        return version < 3
                ? data.setMemberId("m")
                : data.setMembers(
                        List.of(new LeaveGroupRequestData.MemberIdentity().setMemberId("m")));
    }

    private static ApiMessage commit(short version) {
        var partition =
                new OffsetCommitRequestData.OffsetCommitRequestPartition()
                        .setPartitionIndex(0)
                        .setCommittedOffset(1);
        var topic =
                new OffsetCommitRequestData.OffsetCommitRequestTopic()
                        .setPartitions(List.of(partition));
        if (version >= 10) {
            topic.setTopicId(topicId);
        } else {
            topic.setName(TOPIC);
        }
        return new OffsetCommitRequestData()
                .setGroupId("simple")
                .setGenerationIdOrMemberEpoch(-1)
                .setTopics(List.of(topic));
    }

    private static ApiMessage offsets(short version) {
        if (version < 8) {
            return new OffsetFetchRequestData()
                    .setGroupId("simple")
                    .setTopics(
                            List.of(
                                    new OffsetFetchRequestData.OffsetFetchRequestTopic()
                                            .setName(TOPIC)
                                            .setPartitionIndexes(List.of(0, 7))));
        }
        var topic =
                new OffsetFetchRequestData.OffsetFetchRequestTopics()
                        .setPartitionIndexes(List.of(0, 7));
        var unknown =
                new OffsetFetchRequestData.OffsetFetchRequestTopics()
                        .setPartitionIndexes(List.of(0));
        if (version >= 10) {
            topic.setTopicId(topicId);
            unknown.setTopicId(new Uuid(5, 6));
        } else {
            topic.setName(TOPIC);
            unknown.setName("absent");
        }
        var one =
                new OffsetFetchRequestData.OffsetFetchRequestGroup()
                        .setGroupId("simple")
                        .setTopics(List.of(topic, unknown));
        var all = new OffsetFetchRequestData.OffsetFetchRequestGroup();
        return new OffsetFetchRequestData()
                .setGroups(List.of(one, all.setGroupId("g").setTopics(null)));
    }
}
