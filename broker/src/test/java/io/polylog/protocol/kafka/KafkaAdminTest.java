package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.TopicSpec;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DeletedRecords;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Administration with Kafka's own client.
class KafkaAdminTest {
    private final FakeBroker broker = new FakeBroker();
    private KafkaServer server;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        server = new KafkaServer(broker);
        admin = Admin.create(server.bootstrap());
    }

    @AfterEach
    void stop() {
        admin.close();
        server.close();
    }

    private static void fails(KafkaFuture<?> future, Class<? extends Exception> with) {
        assertThatThrownBy(future::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(with);
    }

    private KafkaFuture<Void> create(NewTopic topic) {
        return admin.createTopics(List.of(topic)).all();
    }

    @Test
    void a_topic_is_made_described_grown_and_deleted() throws Exception {
        create(new NewTopic("orders", 3, (short) 1)).get();
        TopicDescription described =
                admin.describeTopics(List.of("orders")).allTopicNames().get().get("orders");
        assertThat(described.partitions()).hasSize(3);
        assertThat(described.partitions().getFirst().leader().id()).isZero();
        admin.createPartitions(Map.of("orders", NewPartitions.increaseTo(5))).all().get();
        assertThat(admin.listTopics().names().get()).containsExactly("orders");
        described =
                admin.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId())))
                        .allTopicIds()
                        .get()
                        .get(described.topicId());
        assertThat(described.partitions()).hasSize(5);
        admin.deleteTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).all().get();
        assertThat(admin.listTopics().names().get()).isEmpty();
        fails(admin.deleteTopics(List.of("orders")).all(), UnknownTopicOrPartitionException.class);
    }

    @Test
    void what_cannot_be_made_is_refused_with_kafkas_errors() throws Exception {
        create(new NewTopic("there", Optional.empty(), Optional.empty())).get();
        fails(create(new NewTopic("there", 1, (short) 1)), TopicExistsException.class);
        fails(create(new NewTopic("a/b", 1, (short) 1)), InvalidTopicException.class);
        fails(create(new NewTopic("a", 0, (short) 1)), InvalidPartitionsException.class);
        fails(create(new NewTopic("a", 1, (short) 3)), InvalidReplicationFactorException.class);
        NewTopic odd = new NewTopic("a", 1, (short) 1).configs(Map.of("no.such", "1"));
        fails(create(odd), InvalidConfigurationException.class);
        NewTopic bad = new NewTopic("a", 1, (short) 1).configs(Map.of("retention.ms", "soon"));
        fails(create(bad), InvalidConfigurationException.class);
        fails(
                admin.createPartitions(Map.of("there", NewPartitions.increaseTo(1))).all(),
                InvalidPartitionsException.class);
        NewTopic dry = new NewTopic("dry", 2, (short) 1);
        admin.createTopics(List.of(dry), new CreateTopicsOptions().validateOnly(true)).all().get();
        assertThat(admin.listTopics().names().get()).containsExactly("there");
    }

    @Test
    void configurations_keep_their_names_and_set_retention() throws Exception {
        Map<String, String> configs =
                Map.of("retention.ms", "60000", "retention.bytes", "5000", "segment.ms", "1000");
        create(new NewTopic("orders", 1, (short) 1).configs(configs)).get();
        TopicSpec spec = broker.definitions().topic(TopicName.of("orders")).spec();
        assertThat(spec.retention()).isEqualTo(new TopicSpec.Retention(60_000, 5000, false, false));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, "orders");
        Config described = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        assertThat(described.get("segment.ms").value()).isEqualTo("1000");
        assertThat(described.get("segment.ms").isDefault()).isFalse();
        assertThat(described.get("cleanup.policy").value()).isEqualTo("delete");
        assertThat(described.get("cleanup.policy").isDefault()).isTrue();
        ConfigResource node = new ConfigResource(ConfigResource.Type.BROKER, "0");
        described = admin.describeConfigs(List.of(node)).all().get().get(node);
        assertThat(described.get("num.partitions").value()).isEqualTo("1");
    }

    private static ConfigResource topic(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private KafkaFuture<Void> alter(AlterConfigOp.OpType type, String key, String value) {
        var op = new AlterConfigOp(new ConfigEntry(key, value), type);
        return admin.incrementalAlterConfigs(Map.of(topic("orders"), List.of(op))).all();
    }

    private Config described() throws Exception {
        return admin.describeConfigs(List.of(topic("orders"))).all().get().get(topic("orders"));
    }

    @Test
    void configurations_are_altered_key_by_key() throws Exception {
        create(new NewTopic("orders", 1, (short) 1).configs(Map.of("segment.ms", "1000"))).get();
        alter(OpType.SET, "retention.ms", "60000").get();
        assertThat(broker.definitions().topic(TopicName.of("orders")).spec().retention().maxAgeMs())
                .isEqualTo(60_000);
        assertThat(described().get("retention.ms").isReadOnly()).isFalse();
        assertThat(described().get("segment.ms").value()).isEqualTo("1000");
        alter(OpType.DELETE, "segment.ms", null).get();
        assertThat(described().get("segment.ms").isDefault()).isTrue();
        String throttled = "leader.replication.throttled.replicas";
        alter(OpType.APPEND, throttled, "0:0,1:0").get();
        alter(OpType.APPEND, throttled, "1:0,2:0").get();
        alter(OpType.SUBTRACT, throttled, "0:0").get();
        assertThat(described().get(throttled).value()).isEqualTo("1:0,2:0");
    }

    @Test
    void what_cannot_be_altered_is_refused_with_kafkas_errors() throws Exception {
        create(new NewTopic("orders", 1, (short) 1)).get();
        Class<InvalidConfigurationException> invalid = InvalidConfigurationException.class;
        fails(alter(OpType.SET, "no.such", "1"), invalid);
        fails(alter(OpType.DELETE, "no.such", null), invalid);
        fails(alter(OpType.SET, "retention.ms", "soon"), invalid);
        fails(alter(OpType.APPEND, "retention.ms", "1"), invalid);
        fails(alter(OpType.SET, "cleanup.policy", "compact"), invalid);
        Map<ConfigResource, Collection<AlterConfigOp>> none = Map.of(topic("none"), List.of());
        fails(admin.incrementalAlterConfigs(none).all(), UnknownTopicOrPartitionException.class);
        ConfigResource node = new ConfigResource(ConfigResource.Type.BROKER, "0");
        fails(
                admin.incrementalAlterConfigs(Map.of(node, List.of())).all(),
                InvalidRequestException.class);
        var op = new AlterConfigOp(new ConfigEntry("retention.ms", "5"), OpType.SET);
        admin.incrementalAlterConfigs(
                        Map.of(topic("orders"), List.of(op)),
                        new AlterConfigsOptions().validateOnly(true))
                .all()
                .get();
        assertThat(described().get("retention.ms").isDefault()).isTrue();
    }

    @Test
    void records_are_deleted_up_to_an_offset() throws Exception {
        create(new NewTopic("orders", 1, (short) 1)).get();
        for (int i = 0; i < 10; i++) {
            broker.partition(TopicName.of("orders"), 0)
                    .put(new Content((byte) 9, Envelope.PLAIN, ByteBuffer.allocate(100)));
        }
        TopicPartition partition = new TopicPartition("orders", 0);
        assertThat(delete(partition, 4).get().lowWatermark()).isEqualTo(4);
        assertThat(offset(partition, OffsetSpec.earliest())).isEqualTo(4);
        assertThat(delete(partition, 2).get().lowWatermark()).isEqualTo(4);
        fails(delete(partition, 11), OffsetOutOfRangeException.class);
        assertThat(size(partition)).isEqualTo(600);
        assertThat(delete(partition, -1).get().lowWatermark()).isEqualTo(10);
        assertThat(size(partition)).isZero();
        create(new NewTopic("table", 1, (short) 1).configs(Map.of("cleanup.policy", "compact")))
                .get();
        fails(delete(new TopicPartition("table", 0), 0), PolicyViolationException.class);
    }

    private KafkaFuture<DeletedRecords> delete(TopicPartition partition, long before) {
        return admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(before)))
                .lowWatermarks()
                .get(partition);
    }

    private long size(TopicPartition partition) throws Exception {
        return admin.describeLogDirs(List.of(0)).allDescriptions().get().get(0).values().stream()
                .flatMap(log -> log.replicaInfos().entrySet().stream())
                .filter(entry -> entry.getKey().equals(partition))
                .mapToLong(entry -> entry.getValue().size())
                .sum();
    }

    @Test
    void a_compacted_topic_is_kept_for_ever_and_by_key() throws Exception {
        NewTopic table = new NewTopic("table", 1, (short) 1);
        create(table.configs(Map.of("cleanup.policy", "compact"))).get();
        assertThat(broker.definitions().topic(TopicName.of("table")).spec().retention())
                .isEqualTo(new TopicSpec.Retention(-1, -1, false, true));
    }

    @Test
    void a_topic_made_by_use_may_still_be_made_properly_while_empty() throws Exception {
        admin.describeTopics(List.of("x")); // does not make it
        broker.make(TopicConfigs.provisional(TopicName.of("used"), KafkaSettings.defaults("c")));
        create(new NewTopic("used", 4, (short) 1)).get();
        assertThat(broker.definitions().topic(TopicName.of("used")).partitions()).hasSize(4);
    }

    @Test
    void the_cluster_is_one_node() throws Exception {
        assertThat(admin.describeCluster().nodes().get())
                .singleElement()
                .satisfies(node -> assertThat(node.port()).isEqualTo(server.address().getPort()));
        assertThat(admin.describeCluster().clusterId().get()).isEqualTo("test-cluster");
    }

    @Test
    void offsets_of_an_empty_topic_are_zero_and_times_lead_nowhere() throws Exception {
        create(new NewTopic("orders", 1, (short) 1)).get();
        TopicPartition partition = new TopicPartition("orders", 0);
        assertThat(offset(partition, OffsetSpec.earliest())).isZero();
        assertThat(offset(partition, OffsetSpec.latest())).isZero();
        assertThat(offset(partition, OffsetSpec.forTimestamp(5))).isEqualTo(-1);
        assertThat(offset(partition, OffsetSpec.maxTimestamp())).isEqualTo(-1);
    }

    private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
    }
}
