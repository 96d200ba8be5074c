package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.AppendListener.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The adapter with Kafka's own Java client, over a broker that can be told to refuse.
class KafkaClientsTest {
    private final FakeBroker broker = new FakeBroker();
    private KafkaServer server;

    @BeforeEach
    void start() throws Exception {
        server = new KafkaServer(broker);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    KafkaProducer<String, String> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(server.bootstrap());
        all.put("delivery.timeout.ms", 20_000);
        all.put("request.timeout.ms", 5_000);
        all.put("linger.ms", 0);
        all.putAll(settings);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    KafkaConsumer<String, String> consumer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(server.bootstrap());
        all.put("auto.offset.reset", "earliest");
        all.put("group.id", "g");
        all.putAll(settings);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    static List<ConsumerRecord<String, String>> poll(
            KafkaConsumer<String, String> consumer, int count) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (records.size() < count && System.nanoTime() < deadline) {
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        return records;
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void what_a_producer_sends_a_group_receives_in_order(String codec) throws Exception {
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (var producer = producer(Map.of("compression.type", codec))) {
            for (int i = 0; i < 1000; i++) {
                sent.add(producer.send(new ProducerRecord<>("orders", "k" + i, "value " + i)));
            }
        }
        for (int i = 0; i < sent.size(); i++) {
            assertThat(sent.get(i).get().offset()).isEqualTo(i);
        }
        try (var consumer = consumer(Map.of())) {
            consumer.subscribe(List.of("orders"));
            List<ConsumerRecord<String, String>> records = poll(consumer, 1000);
            assertThat(records).hasSize(1000);
            for (int i = 0; i < records.size(); i++) {
                assertThat(records.get(i).value()).isEqualTo("value " + i);
                assertThat(records.get(i).offset()).isEqualTo(i);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Outcome.class,
            names = {"DISK_FULL", "BUSY", "CLOSED"})
    void a_refusal_that_passes_is_tried_again_and_stored_once(Outcome refusal) throws Exception {
        try (var producer = producer(Map.of())) {
            producer.send(new ProducerRecord<>("orders", "before")).get();
            synchronized (broker.planted) {
                broker.planted.addAll(List.of(refusal, refusal));
            }
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                sent.add(producer.send(new ProducerRecord<>("orders", "value " + i)));
                producer.flush();
            }
            for (int i = 0; i < 100; i++) {
                assertThat(sent.get(i).get().offset()).isEqualTo(i + 1);
            }
        }
    }

    @Test
    void a_group_goes_on_where_it_committed() throws Exception {
        try (var producer = producer(Map.of())) {
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>("orders", "value " + i)).get();
            }
        }
        Map<String, Object> manual = Map.of("enable.auto.commit", false, "max.poll.records", 4);
        try (var consumer = consumer(manual)) {
            consumer.subscribe(List.of("orders"));
            assertThat(poll(consumer, 4)).hasSize(4);
            consumer.commitSync();
        }
        try (var consumer = consumer(manual)) {
            consumer.subscribe(List.of("orders"));
            assertThat(poll(consumer, 6).getFirst().value()).isEqualTo("value 4");
        }
    }
}
