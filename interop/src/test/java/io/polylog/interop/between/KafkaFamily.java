package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/// Kafka's Java client. The topic of the subject's name must be there.
final class KafkaFamily implements Family {
    private final Kafka kafka;
    private final Deque<ConsumerRecord<byte[], byte[]>> got = new ArrayDeque<>();
    private KafkaConsumer<byte[], byte[]> consumer;

    KafkaFamily(RunningBroker broker) {
        kafka = new Kafka(broker);
    }

    @Override
    public void listen(String subject) {
        TopicPartition partition = new TopicPartition(subject, 0);
        consumer = kafka.consumer(Map.of());
        consumer.assign(List.of(partition));
        consumer.seekToEnd(List.of(partition));
        consumer.position(partition);
    }

    @Override
    public void publish(String subject, Letter letter) throws Exception {
        Map<String, String> named = new TreeMap<>(letter.fields());
        String time = named.remove(Letter.TIMESTAMP);
        String key = named.remove(Letter.KEY);
        named.putAll(letter.headers());
        List<Header> headers = new ArrayList<>();
        named.forEach((name, value) -> headers.add(new RecordHeader(name, value.getBytes(UTF_8))));
        kafka.send(
                new ProducerRecord<>(
                        subject,
                        0,
                        time == null ? null : Long.valueOf(time),
                        key == null ? null : key.getBytes(UTF_8),
                        letter.body(),
                        headers));
    }

    @Override
    public Letter next() {
        long deadline = System.nanoTime() + Rabbit.PATIENCE.toNanos();
        while (got.isEmpty() && System.nanoTime() < deadline) {
            consumer.poll(Duration.ofMillis(100)).forEach(got::add);
        }
        ConsumerRecord<byte[], byte[]> record = got.remove();
        Map<String, String> headers = new HashMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), new String(header.value(), UTF_8));
        }
        headers.remove("subject");
        Map<String, String> fields = Fields.takenFrom(headers);
        fields.put(Letter.TIMESTAMP, Long.toString(record.timestamp()));
        if (record.key() != null) {
            fields.put(Letter.KEY, new String(record.key(), UTF_8));
        }
        return new Letter(record.value(), fields, headers);
    }

    @Override
    public void close() {
        if (consumer != null) {
            consumer.close();
        }
        kafka.close();
    }
}
