package io.polylog.interop.crash;

import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import io.polylog.harness.Proof;
import io.polylog.harness.Proof.Forged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/// Kafka's Java client: an idempotent producer that writes to every partition, a group that follows
/// and commits, and in the end a reader from offset 0 that must find each accepted record exactly
/// once, in order, at the offset where the group saw it.
final class KafkaLoad implements Load {
    private static final int PARTITIONS = 3;
    private static final int MESSAGE_BYTES = 512;
    private static final int MOST_UNANSWERED = 3_000;

    private final String topic;
    private final String address;
    private final long run;
    private final Ledger live = new Ledger(Repeats.ALLOWED);
    private final Ledger replayed = new Ledger(Repeats.NEVER);
    private final Map<String, Proof> placed = new ConcurrentHashMap<>();
    private final List<String> moved = new ArrayList<>();
    private final Semaphore unanswered = new Semaphore(MOST_UNANSWERED);
    private final Thread publishing;
    private final Thread following;
    private volatile boolean finishing;
    private volatile boolean closing;

    KafkaLoad(String address, String topic, long run)
            throws InterruptedException, ExecutionException {
        this.address = address;
        this.topic = topic;
        this.run = run;
        try (Admin admin = Admin.create(settings())) {
            NewTopic made = new NewTopic(topic, PARTITIONS, (short) 1);
            admin.createTopics(List.of(made)).all().get();
        }
        publishing = Thread.ofPlatform().name("kafka-publish").daemon().start(this::publish);
        following = Thread.ofPlatform().name("kafka-follow").daemon().start(this::follow);
    }

    @Override
    public long accepted() {
        return replayed.accepted();
    }

    @Override
    public List<String> finish(Duration patience) throws InterruptedException {
        finishing = true;
        publishing.join();
        Waiting.until(patience, () -> live.owed() == 0);
        closing = true;
        following.join();
        replay(patience);
        List<String> wrong = new ArrayList<>();
        live.verdict().forEach(what -> wrong.add("kafka group, " + what));
        replayed.verdict().forEach(what -> wrong.add("kafka replay, " + what));
        moved.forEach(what -> wrong.add("kafka replay, " + what));
        return wrong;
    }

    @Override
    public void close() {
        finishing = true;
        closing = true;
    }

    private void publish() {
        Map<String, Object> settings = settings();
        settings.put("linger.ms", 0);
        settings.put("delivery.timeout.ms", 120_000);
        try (var producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (long sequence = 0; !finishing; sequence++) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    unanswered.acquireUninterruptibly();
                    send(producer, partition, sequence);
                }
            }
        }
    }

    /// Each partition is a producer of its own to the ledger: order is promised in one partition.
    private void send(KafkaProducer<byte[], byte[]> producer, int partition, long sequence) {
        live.attempted(partition, sequence);
        replayed.attempted(partition, sequence);
        byte[] message = new Proof(run, partition, sequence, topic).encode(MESSAGE_BYTES);
        producer.send(
                new ProducerRecord<>(topic, partition, null, message),
                (_, failure) -> {
                    unanswered.release();
                    if (failure == null) {
                        live.accepted(partition, sequence);
                        replayed.accepted(partition, sequence);
                    }
                });
    }

    private void follow() {
        Map<String, Object> settings = settings();
        settings.put("group.id", topic + "-followers");
        settings.put("auto.offset.reset", "earliest");
        settings.put("enable.auto.commit", false);
        try (var consumer = consumer(settings)) {
            consumer.subscribe(List.of(topic));
            while (!closing) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(50));
                records.forEach(record -> take(record, live));
                commit(consumer);
            }
        }
    }

    private static void commit(KafkaConsumer<byte[], byte[]> consumer) {
        try {
            consumer.commitSync(Duration.ofSeconds(20));
        } catch (CommitFailedException | RetriableException again) {
            return; // the group reads again from its last commit
        }
    }

    private void replay(Duration patience) {
        try (var consumer = consumer(settings())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                partitions.add(new TopicPartition(topic, partition));
            }
            consumer.assign(partitions);
            partitions.forEach(partition -> consumer.seek(partition, 0));
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            Waiting.until(
                    patience,
                    () -> {
                        consumer.poll(Duration.ofMillis(200)).forEach(this::takeAgain);
                        return ends.entrySet().stream()
                                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
                    });
        }
    }

    private void takeAgain(ConsumerRecord<byte[], byte[]> record) {
        Proof now = take(record, replayed);
        Proof then = placed.get(record.partition() + "@" + record.offset());
        if (now != null && then != null && !now.equals(then)) {
            moved.add("another record at " + record.partition() + "@" + record.offset());
        }
    }

    private Proof take(ConsumerRecord<byte[], byte[]> record, Ledger ledger) {
        try {
            Proof proof = Proof.decode(record.value(), run, topic);
            if (proof.producer() != record.partition()) {
                moved.add(proof + " is in partition " + record.partition());
            }
            if (ledger == live) {
                placed.put(record.partition() + "@" + record.offset(), proof);
            }
            ledger.arrived(proof.producer(), proof.sequence(), false);
            return proof;
        } catch (Forged forged) {
            ledger.forged(forged);
            return null;
        }
    }

    private static KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> settings) {
        return new KafkaConsumer<>(
                settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /// A map of its own for each client; they come back quickly after a crash.
    private Map<String, Object> settings() {
        return new HashMap<>(
                Map.of(
                        "bootstrap.servers", address,
                        "reconnect.backoff.ms", 20,
                        "reconnect.backoff.max.ms", 100,
                        "retry.backoff.ms", 20,
                        "retry.backoff.max.ms", 100));
    }
}
