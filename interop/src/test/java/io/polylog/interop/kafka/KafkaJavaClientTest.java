package io.polylog.interop.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The whole broker, log and disk included, with Kafka's Java client.
class KafkaJavaClientTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir private Path folder;
    private RunningBroker broker;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(broker.kafka());
        all.putAll(settings);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(broker.kafka());
        all.put("auto.offset.reset", "earliest");
        all.put("enable.auto.commit", false);
        all.put("group.id", "billing");
        all.put("heartbeat.interval.ms", 200);
        all.putAll(settings);
        return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private List<ConsumerRecord<byte[], byte[]>> readAll(int count) {
        try (var consumer = consumer(Map.of())) {
            consumer.assign(List.of(ORDERS));
            consumer.seekToBeginning(List.of(ORDERS));
            return poll(consumer, count);
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> poll(
            KafkaConsumer<byte[], byte[]> consumer, int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        await().atMost(PATIENCE)
                .until(() -> {
                    consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                    return records.size() >= count;
                });
        return records;
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void records_come_back_byte_for_byte_also_after_a_restart(String codec) throws Exception {
        Random random = new Random(codec.hashCode());
        List<ProducerRecord<byte[], byte[]>> sent = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            byte[] key = random.nextInt(4) == 0 ? null : new byte[random.nextInt(20)];
            byte[] value = random.nextInt(9) == 0 ? null : new byte[random.nextInt(3000)];
            if (key != null) {
                random.nextBytes(key);
            }
            if (value != null) {
                random.nextBytes(value);
            }
            var headers =
                    List.<org.apache.kafka.common.header.Header>of(
                            new RecordHeader("n", new byte[] {(byte) i}),
                            new RecordHeader("n", (byte[]) null));
            sent.add(new ProducerRecord<>("orders", 0, 1_000_000L + i, key, value, headers));
        }
        try (var producer = producer(Map.of("compression.type", codec, "linger.ms", 5))) {
            List<Future<RecordMetadata>> answers = sent.stream().map(producer::send).toList();
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get().offset()).isEqualTo(i);
            }
        }
        check(readAll(sent.size()), sent);
        broker.restart();
        check(readAll(sent.size()), sent);
    }

    private static void check(
            List<ConsumerRecord<byte[], byte[]>> got, List<ProducerRecord<byte[], byte[]>> sent) {
        assertThat(got).hasSameSizeAs(sent);
        for (int i = 0; i < sent.size(); i++) {
            assertThat(got.get(i).offset()).isEqualTo(i);
            assertThat(got.get(i).timestamp()).isEqualTo(sent.get(i).timestamp());
            assertThat(got.get(i).key()).isEqualTo(sent.get(i).key());
            assertThat(got.get(i).value()).isEqualTo(sent.get(i).value());
            assertThat(got.get(i).headers()).isEqualTo(sent.get(i).headers());
        }
    }

    @Test
    void records_up_to_the_limit_pass() throws Exception {
        byte[] large = new byte[1024 * 1024 - 200];
        new Random(1).nextBytes(large);
        try (var producer = producer(Map.of("max.request.size", 2 * 1024 * 1024))) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("orders", large)).get();
            }
        }
        assertThat(readAll(10)).allSatisfy(record -> assertThat(record.value()).isEqualTo(large));
    }

    @Test
    void a_producer_goes_on_in_order_when_the_broker_was_away() throws Exception {
        List<Future<RecordMetadata>> answers = new ArrayList<>();
        broker.close();
        broker = RunningBroker.on(folder.resolve("data"), 0);
        int port = broker.port("kafka");
        try (var producer = producer(Map.of("linger.ms", 1, "retry.backoff.ms", 20))) {
            for (int i = 0; i < 3000; i++) {
                answers.add(
                        producer.send(
                                new ProducerRecord<>(
                                        "orders", Integer.toString(i).getBytes(UTF_8))));
                if (i == 1000) {
                    broker.close();
                    broker = RunningBroker.on(folder.resolve("data"), port);
                }
            }
            for (Future<RecordMetadata> answer : answers) {
                answer.get();
            }
        }
        List<ConsumerRecord<byte[], byte[]>> got = readAll(3000);
        for (int i = 0; i < 3000; i++) {
            assertThat(new String(got.get(i).value(), UTF_8)).isEqualTo(Integer.toString(i));
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {RangeAssignor.class, CooperativeStickyAssignor.class})
    void members_share_partitions_and_the_group_is_back_after_a_restart(Class<?> assignor)
            throws Exception {
        try (Admin admin = Admin.create(broker.kafka())) {
            admin.createTopics(List.of(new NewTopic("orders", 4, (short) 1))).all().get();
        }
        Map<String, Object> settings = Map.of("partition.assignment.strategy", assignor.getName());
        try (var one = consumer(settings);
                var two = consumer(settings)) {
            one.subscribe(List.of("orders"));
            two.subscribe(List.of("orders"));
            await().atMost(PATIENCE).until(() -> shared(one, two));
            one.commitSync(Map.of(ORDERS, new OffsetAndMetadata(17, "before the restart")));
        }
        broker.restart();
        try (Admin admin = Admin.create(broker.kafka())) {
            assertThat(
                            admin.listConsumerGroupOffsets("billing")
                                    .partitionsToOffsetAndMetadata()
                                    .get()
                                    .get(ORDERS))
                    .isEqualTo(new OffsetAndMetadata(17, "before the restart"));
            assertThat(admin.listGroups().all().get())
                    .extracting(GroupListing::groupId)
                    .containsExactly("billing");
        }
    }

    private static boolean shared(
            KafkaConsumer<byte[], byte[]> one, KafkaConsumer<byte[], byte[]> two) {
        one.poll(Duration.ofMillis(50));
        two.poll(Duration.ofMillis(50));
        Set<TopicPartition> all = new HashSet<>(one.assignment());
        all.addAll(two.assignment());
        return all.size() == 4 && one.assignment().size() == 2 && two.assignment().size() == 2;
    }

    @Test
    void a_thousand_commits_leave_few_records_behind() throws Exception {
        try (var member = consumer(Map.of())) {
            member.assign(List.of(ORDERS));
            try (var producer = producer(Map.of())) {
                producer.send(new ProducerRecord<>("orders", new byte[1])).get();
            }
            for (int i = 1; i <= 1000; i++) {
                member.commitSync(Map.of(ORDERS, new OffsetAndMetadata(i)));
            }
        }
        broker.restart();
        try (var member = consumer(Map.of())) {
            assertThat(member.committed(Set.of(ORDERS)).get(ORDERS).offset()).isEqualTo(1000);
        }
    }
}
