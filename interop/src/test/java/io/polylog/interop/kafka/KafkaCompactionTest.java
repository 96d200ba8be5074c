package io.polylog.interop.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.polylog.interop.ClientPackages;
import io.polylog.interop.Project;
import io.polylog.interop.Project.Outcome;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A compacted topic with Kafka's clients: written in compressed batches, read with gaps.
class KafkaCompactionTest {
    private static final TopicPartition TABLE = new TopicPartition("table", 0);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int KEYS = 40;
    private static final int RECORDS = 3_000;

    @TempDir private Path folder;
    private RunningBroker broker;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        try (Admin admin = Admin.create(broker.kafka())) {
            NewTopic table =
                    new NewTopic("table", 1, (short) 1)
                            .configs(
                                    Map.of(
                                            "cleanup.policy",
                                            "compact",
                                            "min.cleanable.dirty.ratio",
                                            "0"));
            admin.createTopics(List.of(table)).all().get();
        }
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private KafkaProducer<byte[], byte[]> producer(String codec) {
        Map<String, Object> settings = new HashMap<>(broker.kafka());
        settings.put("compression.type", codec);
        settings.put("linger.ms", 5);
        return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static ProducerRecord<byte[], byte[]> record(String key, String value) {
        return new ProducerRecord<>("table", 0, key.getBytes(UTF_8), value.getBytes(UTF_8));
    }

    private List<ConsumerRecord<byte[], byte[]>> readAll() {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        Map<String, Object> settings = new HashMap<>(broker.kafka());
        settings.put("max.partition.fetch.bytes", 2_000);
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(List.of(TABLE));
            consumer.seekToBeginning(List.of(TABLE));
            long end = consumer.endOffsets(List.of(TABLE)).get(TABLE);
            await().atMost(PATIENCE)
                    .until(() -> {
                        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                        return consumer.position(TABLE) >= end;
                    });
        }
        return records;
    }

    @Test
    void readers_get_the_newest_record_of_each_key_with_gaps_also_after_a_restart()
            throws Exception {
        Map<Long, String> expected = write();
        assertThat(readAll()).as("what is young stays").hasSizeGreaterThan(KEYS);

        await().atMost(PATIENCE).until(() -> readAll().size() == expected.size());
        check(readAll(), expected);
        broker.restart();
        check(readAll(), expected);
        Outcome kcat =
                Project.run(
                        Map.of(),
                        List.of(
                                ClientPackages.kcat().toString(),
                                "-b",
                                broker.address("kafka"),
                                "-C",
                                "-t",
                                "table",
                                "-e",
                                "-q",
                                "-f",
                                "%o %k %s\\n",
                                "-o",
                                "beginning"));
        assertThat(kcat.exitCode()).as(kcat.err()).isZero();
        assertThat(kcat.out().lines()).hasSize(expected.size());
    }

    /// Writes with each codec and gives what is to stay, by offset.
    private Map<Long, String> write() throws Exception {
        Random random = new Random(4);
        Map<String, Long> newest = new HashMap<>();
        Map<Long, String> all = new HashMap<>();
        String[] codecs = {"none", "gzip", "snappy", "lz4", "zstd"};
        long offset = 0;
        for (String codec : codecs) {
            try (var producer = producer(codec)) {
                for (int i = 0; i < RECORDS / codecs.length; i++) {
                    String key = "k" + random.nextInt(KEYS);
                    String value = codec + " " + i;
                    producer.send(record(key, value));
                    newest.put(key, offset);
                    all.put(offset++, key + "=" + value);
                }
            }
        }
        all.keySet().retainAll(newest.values());
        return new TreeMap<>(all);
    }

    private static void check(
            List<ConsumerRecord<byte[], byte[]>> got, Map<Long, String> expected) {
        Map<Long, String> found = new TreeMap<>();
        for (var one : got) {
            found.put(
                    one.offset(),
                    new String(one.key(), UTF_8) + "=" + new String(one.value(), UTF_8));
        }
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void a_record_without_a_key_is_refused_and_a_tombstone_is_read() throws Exception {
        try (var producer = producer("none")) {
            var noKey = new ProducerRecord<byte[], byte[]>("table", 0, null, new byte[1]);
            assertThatThrownBy(() -> producer.send(noKey).get())
                    .hasCauseInstanceOf(InvalidRecordException.class);
            producer.send(record("a", "1")).get();
            producer.send(new ProducerRecord<>("table", 0, "a".getBytes(UTF_8), null)).get();
            producer.send(record("b", "2")).get();
        }

        await().atMost(PATIENCE).until(() -> readAll().size() == 2);
        assertThat(readAll().getFirst().value()).isNull();
        assertThat(readAll().getFirst().offset()).isEqualTo(1);
    }
}
