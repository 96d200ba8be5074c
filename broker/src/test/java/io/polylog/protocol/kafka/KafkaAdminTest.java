package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.TopicSpec;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
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
