package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.nats.Jnats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Streams and key-value buckets of NATS as Kafka's client sees them: topics.
class StreamReadByKafkaTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Kafka kafka;
    private Jnats nats;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        kafka = new Kafka(broker);
        nats = Jnats.on(broker);
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        kafka.close();
        broker.close();
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? null : new String(header.value(), UTF_8);
    }

    /// `key=value` of each.
    private static List<String> entries(Iterable<ConsumerRecord<byte[], byte[]>> records) {
        List<String> entries = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> each : records) {
            String value = each.value() == null ? null : new String(each.value(), UTF_8);
            entries.add(new String(each.key(), UTF_8) + "=" + value);
        }
        return entries;
    }

    @Test
    void a_stream_is_a_topic_by_offsets_and_in_a_group() throws Exception {
        nats.client
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder().name("ORDERS").subjects("a.>").build());
        for (int i = 1; i <= 3; i++) {
            Headers headers = new Headers().add("shop", "eu");
            nats.client
                    .jetStream()
                    .publish(
                            NatsMessage.builder()
                                    .subject("a." + i)
                                    .headers(headers)
                                    .data("r" + i)
                                    .build());
        }

        List<ConsumerRecord<byte[], byte[]>> read = kafka.readAll("ORDERS");
        assertThat(read).extracting(ConsumerRecord::offset).containsExactly(0L, 1L, 2L);
        assertThat(read.get(1).value()).asString(UTF_8).isEqualTo("r2");
        assertThat(header(read.get(1), "subject")).isEqualTo("a.2");
        assertThat(header(read.get(1), "shop")).isEqualTo("eu");

        TopicPartition partition = new TopicPartition("ORDERS", 0);
        Map<String, Object> group = Map.of("group.id", "g", "max.poll.records", 2);
        try (KafkaConsumer<byte[], byte[]> first = kafka.consumer(group)) {
            first.subscribe(List.of("ORDERS"));
            assertThat(polled(first, 2)).hasSize(2);
            first.commitSync();
        }
        try (KafkaConsumer<byte[], byte[]> second = kafka.consumer(group)) {
            assertThat(second.committed(java.util.Set.of(partition)).get(partition).offset())
                    .isEqualTo(2);
            second.subscribe(List.of("ORDERS"));
            assertThat(polled(second, 1))
                    .extracting(record -> new String(record.value(), UTF_8))
                    .containsExactly("r3");
        }
    }

    private static List<ConsumerRecord<byte[], byte[]>> polled(
            KafkaConsumer<byte[], byte[]> consumer, int atLeast) {
        List<ConsumerRecord<byte[], byte[]>> got = new ArrayList<>();
        long deadline = System.nanoTime() + Jnats.PATIENCE.toNanos();
        while (got.size() < atLeast && System.nanoTime() < deadline) {
            consumer.poll(Duration.ofMillis(100)).forEach(got::add);
        }
        return got;
    }

    @Test
    void a_bucket_is_a_compacted_topic_of_its_keys() throws Exception {
        nats.client.keyValueManagement().create(KeyValueConfiguration.builder().name("b").build());
        KeyValue bucket = nats.client.keyValue("b");
        bucket.put("beans", "4.50");
        bucket.put("rice.red", "3.20");
        bucket.put("beans", "4.80");
        bucket.put("salt", "0.50");
        bucket.delete("salt");

        assertThat(entries(kafka.readAll("KV_b")))
                .containsExactly("rice.red=3.20", "beans=4.80", "salt=null");
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "KV_b");
        try (Admin admin = Admin.create(broker.kafka())) {
            assertThat(
                            admin.describeConfigs(List.of(topic))
                                    .all()
                                    .get()
                                    .get(topic)
                                    .get("cleanup.policy")
                                    .value())
                    .isEqualTo("compact");
        }
    }

    @Test
    void a_consumer_sees_each_change_of_a_bucket_as_it_comes() throws Exception {
        nats.client.keyValueManagement().create(KeyValueConfiguration.builder().name("b").build());
        KeyValue bucket = nats.client.keyValue("b");
        TopicPartition partition = new TopicPartition("KV_b", 0);
        try (KafkaConsumer<byte[], byte[]> consumer = kafka.consumer(Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));

            List<String> seen = new ArrayList<>();
            bucket.put("k", "1");
            seen.addAll(entries(polled(consumer, 1)));
            bucket.put("k", "2");
            seen.addAll(entries(polled(consumer, 1)));
            bucket.purge("k");
            List<ConsumerRecord<byte[], byte[]>> last = polled(consumer, 1);
            seen.addAll(entries(last));

            assertThat(seen).containsExactly("k=1", "k=2", "k=null");
            assertThat(header(last.getFirst(), "KV-Operation")).isEqualTo("PURGE");
        }
    }
}
