package io.polylog.interop.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.polylog.harness.BrokerProcess;
import io.polylog.io.LoopDisk;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A file system that runs full under a real broker with real clients, and gets room again.
@Tag("root")
@Tag("slow")
class DiskFullTest {
    private static final long DISK_BYTES = 256L << 20;
    private static final int MESSAGE_BYTES = 64 << 10;
    private static final int MOST_MESSAGES = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir private Path folder;

    @Test
    void publishers_are_refused_and_consumers_go_on_until_there_is_room_again() throws Exception {
        try (LoopDisk disk = new LoopDisk(folder, DISK_BYTES);
                BrokerProcess broker = start(disk);
                AmqpQueue queue = new AmqpQueue(broker.port("amqp"), "full-queue");
                KafkaTopic topic = new KafkaTopic(broker.address("kafka"), "full-topic")) {
            queue.publish(MESSAGE_BYTES);
            topic.publish();
            Ballast ballast = new Ballast(disk.folder());
            ballast.fill();

            publishUntilRefused(queue, topic);
            await().atMost(PATIENCE).until(queue::isBlocked);
            Future<RecordMetadata> patient = topic.publishPatiently();
            assertThat(queue.drain()).isEqualTo(queue.accepted());
            assertThat(topic.readAndCommit()).isEqualTo(topic.accepted());
            assertThat(patient.isDone()).isFalse();

            ballast.remove();
            await().atMost(PATIENCE).until(() -> queue.publish(MESSAGE_BYTES));
            await().atMost(PATIENCE).until(() -> !queue.isBlocked());
            assertThat(patient.get()).isNotNull();
            assertThat(topic.publish()).isTrue();
            assertThat(queue.drain()).containsExactly(queue.accepted().getLast());
            assertThat(broker.terminate()).isZero();
        }
    }

    @Test
    void a_worker_whose_publishes_are_refused_settles_for_good() throws Exception {
        try (LoopDisk disk = new LoopDisk(folder, DISK_BYTES);
                BrokerProcess broker = start(disk)) {
            Ballast ballast = new Ballast(disk.folder());
            List<Integer> kept;
            try (AmqpQueue worker = new AmqpQueue(broker.port("amqp"), "full-queue")) {
                worker.publish(MESSAGE_BYTES);
                ballast.fill();
                publishUntilRefused(worker);
                kept = worker.settleHalf();
                assertThat(kept).hasSizeBetween(1, worker.accepted().size() - 1);
                assertThat(worker.accepted()).containsAll(kept);
            }

            broker.kill9();
            ballast.remove();
            broker.restart();

            try (AmqpQueue again = new AmqpQueue(broker.port("amqp"), "full-queue")) {
                assertThat(again.drain()).isEqualTo(kept);
            }
            assertThat(broker.terminate()).isZero();
        }
    }

    private static void publishUntilRefused(AmqpQueue queue) throws Exception {
        for (int i = 0; i < MOST_MESSAGES && queue.refusals() == 0; i++) {
            queue.publish(MESSAGE_BYTES);
        }
        assertThat(queue.refusals()).isPositive();
    }

    private BrokerProcess start(LoopDisk disk) throws Exception {
        return BrokerProcess.start(
                disk.folder().resolve("data"),
                folder.resolve("broker.log"),
                "--set",
                "log.segment_size=8MiB",
                "--set",
                "log.disk_reserve=16MiB");
    }

    private static void publishUntilRefused(AmqpQueue queue, KafkaTopic topic) throws Exception {
        boolean amqpRefused = false;
        boolean kafkaRefused = false;
        for (int i = 0; i < MOST_MESSAGES && !(amqpRefused && kafkaRefused); i++) {
            amqpRefused |= !queue.publish(MESSAGE_BYTES);
            kafkaRefused |= !topic.publish();
        }
        assertThat(queue.refusals()).isPositive();
        assertThat(kafkaRefused).isTrue();
    }

    /// Kafka's Java clients on one topic: a producer that is told of each refusal, one that tries
    /// again as it does by default, and a group that commits. One thread.
    private static final class KafkaTopic implements AutoCloseable {
        private final String name;
        private final String address;
        private final KafkaProducer<byte[], byte[]> hasty;
        private final KafkaProducer<byte[], byte[]> patient;
        private final List<Integer> accepted = new ArrayList<>();
        private int next;

        KafkaTopic(String address, String name) {
            this.address = address;
            this.name = name;
            hasty = producer(Map.of("retries", 0, "enable.idempotence", false));
            patient = producer(Map.of());
        }

        private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
            Map<String, Object> settings = new HashMap<>(more);
            settings.put("bootstrap.servers", address);
            return new KafkaProducer<>(
                    settings, new ByteArraySerializer(), new ByteArraySerializer());
        }

        /// Sends the next record and waits for its answer; false if it was refused for space.
        boolean publish() throws InterruptedException {
            try {
                hasty.send(record(next)).get();
                accepted.add(next);
                return true;
            } catch (ExecutionException refused) {
                assertThat(refused.getCause()).isInstanceOf(KafkaStorageException.class);
                return false;
            } finally {
                next++;
            }
        }

        /// A record without a number, from a producer that tries again.
        Future<RecordMetadata> publishPatiently() {
            return patient.send(record(-1));
        }

        private ProducerRecord<byte[], byte[]> record(int number) {
            byte[] value = ByteBuffer.allocate(MESSAGE_BYTES).putInt(number).array();
            return new ProducerRecord<>(name, 0, null, value);
        }

        List<Integer> accepted() {
            return accepted;
        }

        /// What a group reads from the beginning; its offsets are committed.
        List<Integer> readAndCommit() {
            Map<String, Object> settings =
                    Map.of(
                            "bootstrap.servers",
                            address,
                            "group.id",
                            "full-group",
                            "auto.offset.reset",
                            "earliest",
                            "enable.auto.commit",
                            false);
            List<Integer> numbers = new ArrayList<>();
            try (var consumer =
                    new KafkaConsumer<>(
                            settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                consumer.subscribe(List.of(name));
                long deadline = System.nanoTime() + PATIENCE.toNanos();
                while (numbers.size() < accepted.size() && System.nanoTime() < deadline) {
                    consumer.poll(Duration.ofMillis(200))
                            .forEach(record ->
                                    numbers.add(ByteBuffer.wrap(record.value()).getInt()));
                }
                consumer.commitSync(PATIENCE);
            }
            return numbers;
        }

        @Override
        public void close() {
            hasty.close(Duration.ZERO);
            patient.close(Duration.ZERO);
        }
    }
}
