package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.interop.RunningBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// The calls these tests make of Kafka's Java client. One thread.
final class Kafka implements AutoCloseable {
    private static final int LARGEST_REQUEST = 4 << 20;

    private final Map<String, Object> where;
    private final KafkaProducer<byte[], byte[]> producer;

    Kafka(RunningBroker broker) {
        this(broker, "none");
    }

    Kafka(RunningBroker broker, String codec) {
        where = broker.kafka();
        Map<String, Object> settings = new HashMap<>(where);
        settings.put("compression.type", codec);
        settings.put("linger.ms", 5);
        settings.put("max.request.size", LARGEST_REQUEST);
        settings.put("max.block.ms", 10_000);
        producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
    }

    void topic(String name, int partitions) throws Exception {
        try (Admin admin = Admin.create(where)) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all().get();
        }
    }

    void grow(String topic, int partitions) throws Exception {
        try (Admin admin = Admin.create(where)) {
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions))).all().get();
        }
    }

    void delete(String topic) throws Exception {
        try (Admin admin = Admin.create(where)) {
            admin.deleteTopics(List.of(topic)).all().get();
        }
    }

    /// Sends records in one go and returns when all are accepted.
    List<RecordMetadata> send(List<ProducerRecord<byte[], byte[]>> records) throws Exception {
        List<Future<RecordMetadata>> answers = new ArrayList<>();
        records.forEach(record -> answers.add(producer.send(record)));
        List<RecordMetadata> told = new ArrayList<>();
        for (Future<RecordMetadata> answer : answers) {
            told.add(answer.get());
        }
        return told;
    }

    RecordMetadata send(ProducerRecord<byte[], byte[]> record)
            throws ExecutionException, InterruptedException {
        return producer.send(record).get();
    }

    void sendTexts(String topic, String... values) throws Exception {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (String value : values) {
            records.add(new ProducerRecord<>(topic, value.getBytes(UTF_8)));
        }
        send(records);
    }

    /// Reads partition 0 from its beginning to what is its end now.
    List<ConsumerRecord<byte[], byte[]>> readAll(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        try (var consumer = consumer(Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(read::add);
            }
        }
        return read;
    }

    List<String> readTexts(String topic) {
        return readAll(topic).stream().map(record -> new String(record.value(), UTF_8)).toList();
    }

    long beginning(String topic) {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (var consumer = consumer(Map.of())) {
            return consumer.beginningOffsets(List.of(partition)).get(partition);
        }
    }

    KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(where);
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        settings.put("max.partition.fetch.bytes", LARGEST_REQUEST);
        settings.putAll(more);
        return new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public void close() {
        producer.close();
    }
}
