package io.polylog.interop.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Groups and their offsets administrated with Kafka's Java client.
class KafkaAdministrationTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir private Path folder;
    private RunningBroker broker;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        admin = Admin.create(broker.kafka());
        admin.createTopics(List.of(new NewTopic("orders", 2, (short) 1))).all().get();
    }

    @AfterEach
    void stop() {
        admin.close(Duration.ZERO);
        broker.close();
    }

    private KafkaConsumer<byte[], byte[]> member(String instance) {
        Map<String, Object> all = new HashMap<>(broker.kafka());
        all.put("auto.offset.reset", "earliest");
        all.put("enable.auto.commit", false);
        all.put("group.id", "billing");
        all.put("group.instance.id", instance);
        all.put("heartbeat.interval.ms", 200);
        all.put("session.timeout.ms", 10_000);
        return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static void fails(KafkaFuture<?> future, Class<? extends Exception> with) {
        assertThatThrownBy(future::get).hasCauseInstanceOf(with);
    }

    private GroupState state() throws Exception {
        return admin.describeConsumerGroups(List.of("billing"))
                .all()
                .get()
                .get("billing")
                .groupState();
    }

    @Test
    void offsets_of_a_group_are_set_read_and_deleted_while_it_has_no_members() throws Exception {
        admin.alterConsumerGroupOffsets(
                        "billing",
                        Map.of(
                                ORDERS,
                                new OffsetAndMetadata(5, Optional.of(0), "by hand"),
                                new TopicPartition("orders", 1),
                                new OffsetAndMetadata(7)))
                .all()
                .get();
        assertThat(offsets()).containsEntry(ORDERS, 5L).hasSize(2);
        assertThat(state()).isEqualTo(GroupState.EMPTY);
        admin.deleteConsumerGroupOffsets("billing", Set.of(ORDERS)).all().get();
        assertThat(offsets()).containsOnlyKeys(new TopicPartition("orders", 1));
        fails(
                admin.deleteConsumerGroupOffsets("nobody", Set.of(ORDERS)).all(),
                GroupIdNotFoundException.class);
        admin.deleteConsumerGroups(List.of("billing")).all().get();
        assertThat(admin.listGroups().all().get()).isEmpty();
        fails(admin.deleteConsumerGroups(List.of("billing")).all(), GroupIdNotFoundException.class);
    }

    private Map<TopicPartition, Long> offsets() throws Exception {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        admin.listConsumerGroupOffsets("billing")
                .partitionsToOffsetAndMetadata()
                .get()
                .forEach((partition, known) -> offsets.put(partition, known.offset()));
        return offsets;
    }

    @Test
    void a_static_member_keeps_its_partitions_over_a_restart_of_its_own_and_of_the_broker()
            throws Exception {
        Set<TopicPartition> mine;
        try (var one = member("a");
                var two = member("b")) {
            one.subscribe(List.of("orders"));
            two.subscribe(List.of("orders"));
            await().atMost(PATIENCE)
                    .until(() -> {
                        one.poll(Duration.ofMillis(50));
                        two.poll(Duration.ofMillis(50));
                        return one.assignment().size() == 1 && two.assignment().size() == 1;
                    });
            mine = new HashSet<>(one.assignment());
            fails(
                    admin.deleteConsumerGroupOffsets("billing", Set.of(ORDERS)).all(),
                    GroupSubscribedToTopicException.class);
        } // static members do not leave
        assertThat(state()).isEqualTo(GroupState.STABLE);
        broker.restart();
        admin.close(Duration.ZERO);
        admin = Admin.create(broker.kafka());
        try (var again = member("a")) {
            again.subscribe(List.of("orders"));
            await().atMost(PATIENCE)
                    .until(() -> {
                        again.poll(Duration.ofMillis(50));
                        return !again.assignment().isEmpty();
                    });
            assertThat(again.assignment()).isEqualTo(mine);
        }
        admin.removeMembersFromConsumerGroup(
                        "billing",
                        new RemoveMembersFromConsumerGroupOptions(
                                List.of(new MemberToRemove("a"), new MemberToRemove("b"))))
                .all()
                .get();
        await().atMost(PATIENCE).until(() -> state() == GroupState.EMPTY);
    }

    @Test
    void groups_and_their_states_are_listed() throws Exception {
        try (var one = member("a")) {
            one.subscribe(List.of("orders"));
            await().atMost(PATIENCE)
                    .until(() -> {
                        one.poll(Duration.ofMillis(50));
                        return one.assignment().size() == 2;
                    });
            assertThat(admin.listGroups().all().get())
                    .singleElement()
                    .satisfies(group -> {
                        assertThat(group.groupId()).isEqualTo("billing");
                        assertThat(group.groupState()).contains(GroupState.STABLE);
                    });
            assertThat(admin.listGroups().all().get())
                    .extracting(GroupListing::protocol)
                    .containsExactly("consumer");
        }
    }

    @Test
    void what_is_not_served_is_said_to_be_unsupported() {
        fails(admin.listTransactions().all(), UnsupportedVersionException.class);
        fails(admin.describeShareGroups(List.of("s")).all(), UnsupportedVersionException.class);
        fails(
                admin.listPartitionReassignments().reassignments(),
                UnsupportedVersionException.class);
        Map<String, Object> settings = new HashMap<>(broker.kafka());
        settings.put("transactional.id", "t");
        settings.put("max.block.ms", 5_000);
        try (var producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            assertThatThrownBy(producer::initTransactions).isInstanceOf(Exception.class);
        }
    }

    @Test
    void a_producer_outlives_the_deletion_of_what_it_wrote_to() throws Exception {
        try (var producer =
                new KafkaProducer<>(
                        broker.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < 3; i++) {
                producer.send(new ProducerRecord<>("orders", 0, null, new byte[] {1})).get();
            }
            admin.deleteTopics(List.of("orders")).all().get();
            admin.createTopics(List.of(new NewTopic("orders", 2, (short) 1))).all().get();
            long offset =
                    producer.send(new ProducerRecord<>("orders", 0, null, new byte[] {2}))
                            .get()
                            .offset();
            assertThat(offset).isZero();
        }
    }
}
