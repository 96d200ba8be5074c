package io.polylog.protocol.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.TopicSpec;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.message.MessageCodec;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Reading: topics, queues, and what other protocols wrote.
class KafkaFetchTest {
    private static final byte OTHER = 77;
    private static final TopicName QUEUE = TopicName.of("invoices");
    private static final TopicPartition PARTITION = new TopicPartition("invoices", 0);

    private final FakeBroker broker = new FakeBroker();
    private KafkaServer server;

    /// An encoding of another protocol: a type, then the body.
    private static final class OtherCodec implements MessageCodec {
        @Override
        public byte encoding() {
            return OTHER;
        }

        @Override
        public List<Message> open(ByteBuffer content) {
            Properties properties =
                    new Properties(
                            "text/plain", null, null, "replies", null, null, null, null, 0, 500, 4);
            return List.of(
                    new Message(
                            "eu.orders",
                            null,
                            properties,
                            List.of(new Header("n", 7)),
                            content.duplicate()));
        }
    }

    @BeforeEach
    void start() throws Exception {
        server = new KafkaServer(broker, KafkaSettings.defaults("c"), new OtherCodec());
        broker.make(
                new TopicSpec(
                        QUEUE,
                        TopicSpec.Form.MESSAGES,
                        1,
                        TopicSpec.Retention.QUEUE,
                        TopicSpec.Lifetime.DURABLE,
                        Map.of()));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private KafkaProducer<byte[], byte[]> producer(String codec) {
        Map<String, Object> all = new HashMap<>(server.bootstrap());
        all.put("compression.type", codec);
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(server.bootstrap());
        all.put("auto.offset.reset", "none");
        all.putAll(settings);
        return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static List<ConsumerRecord<byte[], byte[]>> poll(
            KafkaConsumer<byte[], byte[]> consumer, int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (records.size() < count && System.nanoTime() < deadline) {
            consumer.poll(Duration.ofMillis(100)).forEach(records::add);
        }
        return records;
    }

    private void other(String body) {
        ByteBuffer bytes = ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8));
        broker.partition(QUEUE, 0).put(new Content(OTHER, Envelope.PLAIN, bytes));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void a_queue_is_a_topic_from_its_oldest_message_without_what_was_settled() throws Exception {
        try (var producer = producer("gzip")) {
            byte[] body = {0, 1, 2};
            for (int i = 0; i < 3; i++) {
                producer.send(new ProducerRecord<>("invoices", new byte[] {9}, body)).get();
            }
        }
        for (int i = 3; i < 8; i++) {
            other("body " + i);
        }
        FakePartition queue = broker.partition(QUEUE, 0);
        queue.settle(0);
        queue.settle(4);
        queue.settle(5);
        try (var consumer = consumer(Map.of())) {
            consumer.assign(List.of(PARTITION));
            assertThat(consumer.beginningOffsets(List.of(PARTITION))).containsEntry(PARTITION, 1L);
            consumer.seekToBeginning(List.of(PARTITION));
            List<ConsumerRecord<byte[], byte[]>> records = poll(consumer, 5);
            assertThat(records)
                    .extracting(ConsumerRecord::offset)
                    .containsExactly(1L, 2L, 3L, 6L, 7L);
            assertThat(records.get(0).value()).containsExactly(0, 1, 2);
            assertThat(records.get(0).key()).containsExactly(9);
            assertThat(text(records.get(2).value())).isEqualTo("body 3");
            var headers = records.get(2).headers();
            assertThat(text(headers.lastHeader("subject").value())).isEqualTo("eu.orders");
            assertThat(text(headers.lastHeader("content-type").value())).isEqualTo("text/plain");
            assertThat(text(headers.lastHeader("expiration").value())).isEqualTo("500");
            assertThat(text(headers.lastHeader("n").value())).isEqualTo("7");
        }
    }

    @Test
    void a_reader_of_a_queue_goes_on_where_others_settled_past_it() {
        for (int i = 0; i < 4; i++) {
            other("body " + i);
        }
        try (var consumer = consumer(Map.of())) {
            consumer.assign(List.of(PARTITION));
            consumer.seek(PARTITION, 0);
            broker.partition(QUEUE, 0).trim(2);
            assertThat(poll(consumer, 2))
                    .extracting(ConsumerRecord::offset)
                    .containsExactly(2L, 3L);
        }
    }

    @Test
    void an_offset_that_is_gone_or_not_there_yet_is_out_of_range() throws Exception {
        try (var producer = producer("none")) {
            for (int i = 0; i < 3; i++) {
                producer.send(new ProducerRecord<>("log", new byte[1])).get();
            }
        }
        TopicPartition partition = new TopicPartition("log", 0);
        broker.partition(TopicName.of("log"), 0).trim(2);
        for (long offset : new long[] {1, 4}) {
            try (var consumer = consumer(Map.of())) {
                consumer.assign(List.of(partition));
                consumer.seek(partition, offset);
                assertThatThrownBy(() -> poll(consumer, 1))
                        .isInstanceOf(OffsetOutOfRangeException.class);
            }
        }
    }

    @Test
    void a_reader_that_waits_hears_of_a_message_at_once() throws Exception {
        try (var consumer = consumer(Map.of("fetch.max.wait.ms", 4000))) {
            consumer.assign(List.of(PARTITION));
            consumer.seek(PARTITION, 0);
            consumer.poll(Duration.ofMillis(200)); // a fetch is waiting now
            long sent = System.nanoTime();
            other("news");
            assertThat(poll(consumer, 1)).hasSize(1);
            assertThat(System.nanoTime() - sent).isLessThan(TimeUnit.SECONDS.toNanos(2));
        }
    }

    @Test
    void a_reader_that_wants_much_waits_for_it_or_for_its_time() throws Exception {
        Map<String, Object> patient = Map.of("fetch.min.bytes", 2000, "fetch.max.wait.ms", 1000);
        try (var consumer = consumer(patient)) {
            consumer.assign(List.of(PARTITION));
            consumer.seek(PARTITION, 0);
            consumer.poll(Duration.ofMillis(100));
            other("x".repeat(500));
            ConsumerRecords<byte[], byte[]> early = consumer.poll(Duration.ofMillis(300));
            assertThat(early.count()).isZero();
            other("x".repeat(1500));
            assertThat(poll(consumer, 2)).hasSize(2);
            other("small");
            long asked = System.nanoTime();
            assertThat(poll(consumer, 1)).hasSize(1);
            assertThat(System.nanoTime() - asked).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    @Test
    void large_and_many_messages_arrive_within_small_answers() throws Exception {
        byte[] large = new byte[900_000];
        try (var producer = producer("none")) {
            for (int i = 0; i < 20; i++) {
                large[0] = (byte) i;
                producer.send(new ProducerRecord<>("log", large.clone())).get();
            }
        }
        TopicPartition partition = new TopicPartition("log", 0);
        try (var consumer = consumer(Map.of("max.partition.fetch.bytes", 1000))) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            List<ConsumerRecord<byte[], byte[]>> records = poll(consumer, 20);
            assertThat(records).hasSize(20);
            for (int i = 0; i < 20; i++) {
                assertThat(records.get(i).value()).hasSize(900_000).startsWith((byte) i);
            }
        }
    }

    @Test
    void a_time_leads_to_the_first_record_of_that_time_within_its_batch() throws Exception {
        Map<String, Object> all = new HashMap<>(server.bootstrap());
        all.put("linger.ms", 500);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        all.put("compression.type", "lz4");
        try (var producer =
                new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (int i = 0; i < 10; i++) {
                sent.add(
                        producer.send(
                                new ProducerRecord<>(
                                        "log", 0, 1000L + 10L * i, null, new byte[1])));
            }
        }
        assertThat(sent.getLast().get().offset()).isEqualTo(9);
        TopicPartition partition = new TopicPartition("log", 0);
        try (var consumer = consumer(Map.of())) {
            OffsetAndTimestamp found =
                    consumer.offsetsForTimes(Map.of(partition, 1035L)).get(partition);
            assertThat(found.offset()).isEqualTo(4);
            assertThat(found.timestamp()).isEqualTo(1040);
            assertThat(consumer.offsetsForTimes(Map.of(partition, 2000L)).get(partition)).isNull();
        }
    }
}
