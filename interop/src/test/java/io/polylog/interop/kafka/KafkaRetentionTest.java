package io.polylog.interop.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.polylog.interop.RunningBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What topics keep and how their beginning moves, as Kafka's Java client sees it.
class KafkaRetentionTest {
    private static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    private static final ConfigResource TOPIC =
            new ConfigResource(ConfigResource.Type.TOPIC, "orders");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir private Path folder;
    private RunningBroker broker;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "log.segment_size=1MiB");
        admin = Admin.create(broker.kafka());
    }

    @AfterEach
    void stop() {
        admin.close(Duration.ZERO);
        broker.close();
    }

    private void create(Map<String, String> configs) throws Exception {
        admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1).configs(configs)))
                .all()
                .get();
    }

    private void produce(int count, int bytes) throws Exception {
        try (var producer =
                new KafkaProducer<>(
                        broker.kafka(), new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<?>> answers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                answers.add(
                        producer.send(new ProducerRecord<>("orders", 0, null, new byte[bytes])));
            }
            for (Future<?> answer : answers) {
                answer.get();
            }
        }
    }

    private KafkaConsumer<byte[], byte[]> consumer(String reset) {
        Map<String, Object> all = new HashMap<>(broker.kafka());
        all.put("auto.offset.reset", reset);
        all.put("enable.auto.commit", false);
        all.put("group.id", "billing");
        return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private long offset(OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(ORDERS, spec)).partitionResult(ORDERS).get().offset();
    }

    private long firstRead(KafkaConsumer<byte[], byte[]> consumer) {
        var first = new ArrayList<Long>();
        await().atMost(PATIENCE)
                .until(() -> {
                    consumer.poll(Duration.ofMillis(200)).forEach(r -> first.add(r.offset()));
                    return !first.isEmpty();
                });
        return first.getFirst();
    }

    private long bytesOnDisk() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    @Test
    void a_size_limit_moves_the_beginning_and_gives_the_disk_back() throws Exception {
        create(Map.of());
        produce(2_000, 16_000); // 32 MB
        long before = bytesOnDisk();
        assertThat(before).isGreaterThan(32_000_000);
        var op = new AlterConfigOp(new ConfigEntry("retention.bytes", "2000000"), OpType.SET);
        admin.incrementalAlterConfigs(Map.of(TOPIC, List.of(op))).all().get();

        await().atMost(PATIENCE).until(() -> offset(OffsetSpec.earliest()) > 1_800);
        assertThat(offset(OffsetSpec.earliest())).isLessThanOrEqualTo(1_875);
        assertThat(offset(OffsetSpec.latest())).isEqualTo(2_000);
        await().atMost(PATIENCE).until(() -> bytesOnDisk() < before / 2);
        long start = offset(OffsetSpec.earliest());
        broker.restart();
        admin.close();
        admin = Admin.create(broker.kafka());
        assertThat(offset(OffsetSpec.earliest())).isEqualTo(start);
        var configs = admin.describeConfigs(List.of(TOPIC)).all().get().get(TOPIC);
        assertThat(configs.get("retention.bytes").value()).isEqualTo("2000000");
    }

    @Test
    void an_age_limit_empties_a_topic_that_nobody_writes_to() throws Exception {
        create(Map.of("retention.ms", "1500"));
        produce(10, 100);
        try (var reader = consumer("latest")) {
            reader.assign(List.of(ORDERS));
            reader.seek(ORDERS, 0);

            await().atMost(PATIENCE).until(() -> offset(OffsetSpec.earliest()) == 10);
            produce(1, 100);
            assertThat(offset(OffsetSpec.latest())).isEqualTo(11);
        }
    }

    @Test
    void a_reader_below_the_beginning_is_told_or_starts_anew_as_it_wishes() throws Exception {
        create(Map.of());
        produce(10, 100);
        long start =
                admin.deleteRecords(Map.of(ORDERS, RecordsToDelete.beforeOffset(7)))
                        .lowWatermarks()
                        .get(ORDERS)
                        .get()
                        .lowWatermark();
        assertThat(start).isEqualTo(7);

        try (var careful = consumer("none")) {
            careful.assign(List.of(ORDERS));
            careful.seek(ORDERS, 2);
            assertThatThrownBy(
                            () -> {
                                while (true) {
                                    careful.poll(Duration.ofMillis(200));
                                }
                            })
                    .isInstanceOf(OffsetOutOfRangeException.class);
        }
        try (var easy = consumer("earliest")) {
            easy.assign(List.of(ORDERS));
            easy.seek(ORDERS, 2);
            assertThat(firstRead(easy)).isEqualTo(7);
            assertThat(easy.beginningOffsets(Set.of(ORDERS))).containsEntry(ORDERS, 7L);
        }
    }

    @Test
    void offsets_are_found_by_the_records_own_times() throws Exception {
        create(Map.of("compression.type", "producer"));
        long[] times = {1_000, 3_000, 2_000, 9_000, 4_000, 5_000};
        Map<String, Object> settings = new HashMap<>(broker.kafka());
        settings.put("linger.ms", 500); // one batch for some of them
        settings.put("compression.type", "zstd");
        try (var producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < times.length; i++) {
                producer.send(new ProducerRecord<>("orders", 0, times[i], null, new byte[10]));
                if (i == 1) {
                    producer.flush();
                }
            }
        }

        try (var reader = consumer("earliest")) {
            assertThat(at(reader, 0)).isEqualTo(new OffsetAndTimestamp(0, 1_000, EPOCH));
            assertThat(at(reader, 2_500)).isEqualTo(new OffsetAndTimestamp(1, 3_000, EPOCH));
            assertThat(at(reader, 4_500)).isEqualTo(new OffsetAndTimestamp(3, 9_000, EPOCH));
            assertThat(at(reader, 9_001)).isNull();
        }
        assertThat(offset(OffsetSpec.maxTimestamp())).isEqualTo(3);
        assertThat(offset(OffsetSpec.forTimestamp(1_001))).isEqualTo(1);
    }

    private static final java.util.Optional<Integer> EPOCH = java.util.Optional.of(0);

    private static OffsetAndTimestamp at(KafkaConsumer<byte[], byte[]> reader, long timeMs) {
        return reader.offsetsForTimes(Map.of(ORDERS, timeMs)).get(ORDERS);
    }

    @Test
    void records_of_a_topic_may_have_the_logs_time() throws Exception {
        create(Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        Map<String, Object> settings = new HashMap<>(broker.kafka());
        settings.put("compression.type", "lz4");
        try (var producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            var old = new ProducerRecord<>("orders", 0, 1_000L, new byte[] {1}, new byte[] {2});
            assertThat(producer.send(old).get().timestamp()).isGreaterThanOrEqualTo(before);
        }
        try (var reader = consumer("earliest")) {
            reader.assign(List.of(ORDERS));
            var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            await().atMost(PATIENCE)
                    .until(() -> {
                        reader.poll(Duration.ofMillis(100)).forEach(records::add);
                        return !records.isEmpty();
                    });
            var record = records.getFirst();
            assertThat(record.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
            assertThat(record.timestamp()).isGreaterThanOrEqualTo(before);
            assertThat(record.value()).containsExactly(2);
            assertThat(at(reader, before))
                    .isEqualTo(new OffsetAndTimestamp(0, record.timestamp(), EPOCH));
        }
    }

    @Test
    void the_size_of_a_partition_is_told() throws Exception {
        create(Map.of());
        produce(100, 1_000);
        long size =
                admin.describeLogDirs(List.of(0)).allDescriptions().get().get(0).values().stream()
                        .mapToLong(log -> log.replicaInfos().get(ORDERS).size())
                        .sum();
        assertThat(size).isBetween(100_000L, 110_000L);
    }
}
