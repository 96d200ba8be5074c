package io.polylog.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Kafka's Java client with its defaults: idempotent, acks of all, a partition for each client.
final class KafkaDriver implements Driver {
    private final String address;
    private final List<Thread> consumers = new ArrayList<>();
    private String topic = "";
    private volatile boolean closing;

    KafkaDriver(String address) {
        this.address = address;
    }

    @Override
    public void prepare(String name, int clients) throws Exception {
        topic = name;
        try (Admin admin = Admin.create(settings())) {
            admin.createTopics(List.of(new NewTopic(name, clients, (short) 1))).all().get();
        }
    }

    @Override
    public Publisher publisher(int client, boolean eager) {
        Map<String, Object> settings = settings();
        if (eager) {
            settings.put("linger.ms", 0);
        }
        return new KafkaPublisher(
                topic,
                client,
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer()));
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) {
        var consumer =
                new KafkaConsumer<>(
                        settings(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        TopicPartition partition = new TopicPartition(topic, client);
        consumer.assign(List.of(partition));
        consumer.seek(partition, 0);
        consumers.add(
                Thread.ofPlatform()
                        .name("kafka-consume-" + client)
                        .daemon()
                        .start(() -> poll(consumer, sink)));
    }

    @Override
    public void end() throws Exception {
        closing = true;
        for (Thread consumer : consumers) {
            consumer.join();
        }
        try (Admin admin = Admin.create(settings())) {
            admin.deleteTopics(List.of(topic)).all().get();
        }
    }

    private void poll(KafkaConsumer<byte[], byte[]> consumer, Consumer<byte[]> sink) {
        try (consumer) {
            while (!closing) {
                consumer.poll(Duration.ofMillis(100))
                        .forEach(record -> sink.accept(record.value()));
            }
        }
    }

    private Map<String, Object> settings() {
        return new HashMap<>(Map.of("bootstrap.servers", address));
    }

    private record KafkaPublisher(
            String topic, int partition, KafkaProducer<byte[], byte[]> producer)
            implements Publisher {
        @Override
        public void send(byte[] message, Answer answer) {
            producer.send(
                    new ProducerRecord<>(topic, partition, null, message),
                    (_, failure) -> answer.confirmed(failure == null));
        }

        @Override
        public void flush() {
            producer.flush();
        }

        @Override
        public void close() {
            producer.close();
        }
    }
}
