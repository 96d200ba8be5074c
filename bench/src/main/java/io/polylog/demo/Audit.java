package io.polylog.demo;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// Reads the whole stream again from offset 0 when all is over. A reader that owns its position
/// sees each order once, and each partition in the order of its sender.
final class Audit {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Inbox inbox;
    private final Map<Integer, Integer> newestByPartition = new HashMap<>();
    private int outOfOrder;
    private int repeated;

    Audit(Inbox inbox) {
        this.inbox = inbox;
    }

    int outOfOrder() {
        return outOfOrder;
    }

    int repeated() {
        return repeated;
    }

    /// Reads to the end of every partition as it is now.
    void replay(String kafka) {
        Map<String, Object> settings = Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka);
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(Shop.TOPIC).stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            consumer.assign(partitions);
            partitions.forEach(partition -> consumer.seek(partition, 0));
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!isAtEnd(consumer, ends) && System.nanoTime() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(this::check);
            }
        }
    }

    private void check(ConsumerRecord<String, byte[]> record) {
        int number = inbox.receive(record.value(), false);
        if (number < 0) {
            return;
        }
        int newest = newestByPartition.getOrDefault(record.partition(), -1);
        if (number == newest) {
            repeated++;
        } else if (number < newest) {
            outOfOrder++;
        }
        newestByPartition.put(record.partition(), Math.max(newest, number));
        inbox.done(number);
    }

    private static boolean isAtEnd(
            KafkaConsumer<String, byte[]> consumer, Map<TopicPartition, Long> ends) {
        return ends.entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    }
}
