package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.polylog.broker.AppendListener.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Classic groups with Kafka's own consumer.
class KafkaGroupsTest {
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);

    private final FakeBroker broker = new FakeBroker();
    private KafkaServer server;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        server = new KafkaServer(broker);
        admin = Admin.create(server.bootstrap());
        admin.createTopics(List.of(new NewTopic("orders", 4, (short) 1))).all().get();
    }

    @AfterEach
    void stop() {
        admin.close();
        server.close();
    }

    private KafkaConsumer<String, String> consumer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(server.bootstrap());
        all.put("group.id", "billing");
        all.put("enable.auto.commit", false);
        all.put("heartbeat.interval.ms", 100);
        all.put("session.timeout.ms", 6000);
        all.putAll(settings);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    private static Set<TopicPartition> owned(List<KafkaConsumer<String, String>> consumers) {
        Set<TopicPartition> all = new HashSet<>();
        for (KafkaConsumer<String, String> consumer : consumers) {
            consumer.poll(Duration.ofMillis(50));
            all.addAll(consumer.assignment());
        }
        return all;
    }

    private static boolean shared(List<KafkaConsumer<String, String>> consumers, int each) {
        return owned(consumers).size() == each * consumers.size()
                && consumers.stream().allMatch(one -> one.assignment().size() == each);
    }

    @ParameterizedTest
    @ValueSource(classes = {RangeAssignor.class, CooperativeStickyAssignor.class})
    void members_share_the_partitions_and_take_over_what_others_leave(Class<?> assignor) {
        Map<String, Object> settings = Map.of("partition.assignment.strategy", assignor.getName());
        List<KafkaConsumer<String, String>> members = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                members.add(consumer(settings));
                members.getLast().subscribe(List.of("orders"));
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> shared(members, 2));
            members.removeLast().close();
            await().atMost(Duration.ofSeconds(20)).until(() -> shared(members, 4));
        } finally {
            members.forEach(KafkaConsumer::close);
        }
    }

    @Test
    void a_static_member_that_comes_back_keeps_its_partitions_without_a_rebalance()
            throws Exception {
        try (var other = consumer(Map.of("group.instance.id", "a"))) {
            other.subscribe(List.of("orders"));
            Set<TopicPartition> before;
            try (var member = consumer(Map.of("group.instance.id", "b"))) {
                member.subscribe(List.of("orders"));
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> shared(List.of(other, member), 2));
                before = member.assignment();
            }
            try (var member = consumer(Map.of("group.instance.id", "b"))) {
                member.subscribe(List.of("orders"));
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> shared(List.of(other, member), 2));
                assertThat(member.assignment()).isEqualTo(before);
            }
        }
    }

    @Test
    void offsets_and_groups_are_back_after_a_restart() throws Exception {
        try (var member = consumer(Map.of())) {
            member.subscribe(List.of("orders"));
            await().atMost(Duration.ofSeconds(20)).until(() -> shared(List.of(member), 4));
            member.commitSync(Map.of(FIRST, new OffsetAndMetadata(42, "here")));
        }
        assertThat(broker.internal("__consumer_offsets", 0).keysGiven())
                .isEqualTo(broker.internal("__consumer_offsets", 0).endOffset());
        stop();
        server = new KafkaServer(broker);
        admin = Admin.create(server.bootstrap());
        assertThat(committed()).isEqualTo(new OffsetAndMetadata(42, "here"));
        assertThat(admin.listGroups().all().get())
                .extracting(GroupListing::groupId)
                .containsExactly("billing");
    }

    private OffsetAndMetadata committed() throws Exception {
        return admin.listConsumerGroupOffsets("billing")
                .partitionsToOffsetAndMetadata()
                .get()
                .get(FIRST);
    }

    @Test
    void a_commit_the_log_refused_is_tried_again_and_state_is_what_the_log_has() throws Exception {
        try (var member = consumer(Map.of())) {
            member.assign(List.of(FIRST));
            member.commitSync(Map.of(FIRST, new OffsetAndMetadata(1)));
            FakeInternalStream stream = broker.internal("__consumer_offsets", 0);
            synchronized (stream) {
                stream.planted.addAll(List.of(Outcome.BUSY, Outcome.DISK_FULL));
            }
            member.commitSync(Map.of(FIRST, new OffsetAndMetadata(2)));
            assertThat(member.committed(Set.of(FIRST)).get(FIRST).offset()).isEqualTo(2);
            assertThat(stream.planted).isEmpty();
        }
    }

    @Test
    void a_later_topic_of_the_same_name_begins_anew() throws Exception {
        try (var member = consumer(Map.of())) {
            member.assign(List.of(FIRST));
            member.commitSync(Map.of(FIRST, new OffsetAndMetadata(7)));
        }
        admin.deleteTopics(List.of("orders")).all().get();
        admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1))).all().get();
        try (var member = consumer(Map.of())) {
            assertThat(member.committed(Set.of(FIRST)).get(FIRST)).isNull();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> committed() == null);
    }

    @Test
    void groups_are_described_emptied_and_deleted() throws Exception {
        try (var member = consumer(Map.of("client.id", "worker"))) {
            member.subscribe(List.of("orders"));
            await().atMost(Duration.ofSeconds(20)).until(() -> shared(List.of(member), 4));
            member.commitSync(Map.of(FIRST, new OffsetAndMetadata(3)));
            ConsumerGroupDescription described = describe();
            assertThat(described.groupState()).isEqualTo(GroupState.STABLE);
            assertThat(described.members())
                    .singleElement()
                    .satisfies(one -> assertThat(one.clientId()).isEqualTo("worker"));
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> admin.deleteConsumerGroups(List.of("billing")).all().get())
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(GroupNotEmptyException.class);
        }
        await().atMost(Duration.ofSeconds(10))
                .until(() -> describe().groupState() == GroupState.EMPTY);
        admin.deleteConsumerGroupOffsets("billing", Set.of(FIRST)).all().get();
        assertThat(committed()).isNull();
        admin.deleteConsumerGroups(List.of("billing")).all().get();
        assertThat(admin.listGroups().all().get()).isEmpty();
    }

    private ConsumerGroupDescription describe() throws Exception {
        return admin.describeConsumerGroups(List.of("billing")).all().get().get("billing");
    }
}
