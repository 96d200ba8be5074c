package io.polylog.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// Two members of a Kafka consumer group that share the partitions and commit what they worked off.
/// A thread for each.
final class Inventory {
    private static final int MEMBERS = 2;

    private final String kafka;
    private final Inbox inbox;
    private final List<Thread> members = new ArrayList<>();
    private volatile boolean closing;

    Inventory(String kafka, Inbox inbox) {
        this.kafka = kafka;
        this.inbox = inbox;
        for (int i = 0; i < MEMBERS; i++) {
            members.add(Thread.ofPlatform().name("inventory-" + i).daemon().start(this::work));
        }
    }

    /// Ends when both members have left their group.
    void leave() throws InterruptedException {
        closing = true;
        for (Thread member : members) {
            member.join();
        }
    }

    private void work() {
        Map<String, Object> settings =
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        kafka,
                        ConsumerConfig.GROUP_ID_CONFIG,
                        "inventory",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest",
                        ConsumerConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG,
                        200);
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(Shop.TOPIC));
            while (!closing) {
                take(consumer.poll(Duration.ofMillis(100)));
                commit(consumer);
            }
        }
    }

    private void take(ConsumerRecords<String, byte[]> records) {
        for (ConsumerRecord<String, byte[]> record : records) {
            int number = inbox.receive(record.value(), false);
            if (number >= 0) {
                inbox.done(number);
            }
        }
    }

    /// Without a commit the group reads again: repeated, never lost.
    private static void commit(KafkaConsumer<String, byte[]> consumer) {
        try {
            consumer.commitSync(Duration.ofSeconds(10));
        } catch (CommitFailedException | RetriableException again) {
            return;
        }
    }
}
