package io.polylog.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import io.polylog.config.ConfigReader;
import io.polylog.io.MemoryUse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that ask for much and never read their socket: what they cost the broker, and that it
/// all comes, in order, once they do read. Server and clients share this process; what the clients
/// hold counts against the bound.
class SilentReadersTest {
    private static final long MOST_BYTES = 1 << 20;
    private static final int LARGE_BYTES = 32 << 10;
    private static final int LARGE = 2_048;
    private static final int SMALL_BYTES = 100;
    private static final int SMALL = 30_000;
    private static final int OTHERS = 2_000;
    private static final int WARM = 2;
    private static final int READERS = 12;
    private static final long PATIENCE_MS = 30_000;
    private static final long STEADY_BYTES = 32 << 10;
    private static final int STEADY_LOOKS = 3;

    @TempDir private Path data;
    private Server server;
    private Connection connection;
    private Channel channel;

    /// Opens the n-th silent reader.
    private interface Opening {
        AutoCloseable open(int number) throws Exception;
    }

    @BeforeEach
    void start() throws Exception {
        server =
                Server.start(
                        new ConfigReader()
                                .set("node.data_dir=" + data)
                                .set("log.memory=16MiB")
                                .set("listen.ports.kafka=auto")
                                .set("listen.ports.amqp=auto")
                                .set("listen.ports.mqtt=auto")
                                .set("listen.ports.http=auto")
                                .read(),
                        failure -> {
                            throw new AssertionError("the broker failed", failure);
                        });
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(server.addresses().port("amqp"));
        connection = factory.newConnection();
        channel = connection.createChannel();
        channel.confirmSelect();
    }

    @AfterEach
    void stop() {
        connection.abort();
        server.close();
    }

    @Test
    void consumers() throws Exception {
        int each = WARM + READERS;
        fill(3 * each, LARGE, LARGE_BYTES);
        silent("no settlement", LARGE, n -> amqp().consume("queue-" + n, true, 0));
        silent("no limit", LARGE, n -> amqp().consume("queue-" + (each + n), false, 0));
        silent("a prefetch", LARGE, n -> amqp().consume("queue-" + (2 * each + n), false, 1_000));
    }

    /// What a client has and has not settled is remembered message by message.
    @Test
    void consumers_of_small_messages_without_a_limit() throws Exception {
        fill(WARM + READERS, SMALL, SMALL_BYTES);
        silent("small messages", SMALL, n -> amqp().consume("queue-" + n, false, 0));
    }

    @Test
    void fetches_in_a_row() throws Exception {
        produce("topic", LARGE, LARGE_BYTES);
        int port = server.addresses().port("kafka");
        silent("fetches", LARGE, _ -> new SilentKafka(port).fetch("topic", LARGE / 16, 16));
    }

    private SilentAmqp amqp() throws Exception {
        return new SilentAmqp(server.addresses().port("amqp"));
    }

    private void silent(String what, int messages, Opening opening) throws Exception {
        Deque<AutoCloseable> readers = new ArrayDeque<>();
        try {
            for (int i = 0; i < WARM; i++) {
                readers.add(opening.open(i));
            }
            long usualMs = Math.min(othersMs(), othersMs());
            long before = steadyBytes();
            for (int i = 0; i < READERS; i++) {
                readers.add(opening.open(WARM + i));
            }
            long each = (steadyBytes() - before) / READERS;
            long othersMs = Math.min(othersMs(), othersMs());
            System.out.printf(
                    "%s: %d KiB a reader that never reads; others take %d ms, before %d ms%n",
                    what, each / 1024, othersMs, usualMs);
            assertThat(each).as("bytes a reader, %s", what).isLessThan(MOST_BYTES);
            assertThat(othersMs).as("what others take").isLessThan(3 * usualMs + 500);
            switch (readers.getLast()) {
                case SilentAmqp amqp -> amqp.readAll(messages);
                case SilentKafka kafka -> kafka.readAll(messages);
                default -> throw new IllegalStateException("no reader of ours");
            }
        } finally {
            for (AutoCloseable reader : readers) {
                reader.close();
            }
        }
    }

    /// What another client takes to publish some messages and to get them.
    private long othersMs() throws Exception {
        long started = System.nanoTime();
        channel.queueDeclare("other", true, false, false, Map.of());
        for (int i = 0; i < OTHERS; i++) {
            channel.basicPublish("", "other", MessageProperties.PERSISTENT_BASIC, new byte[1_000]);
        }
        channel.waitForConfirmsOrDie(PATIENCE_MS);
        CountDownLatch got = new CountDownLatch(OTHERS);
        String tag = channel.basicConsume("other", true, (_, _) -> got.countDown(), _ -> {});
        assertThat(got.await(PATIENCE_MS, TimeUnit.MILLISECONDS)).isTrue();
        channel.basicCancel(tag);
        return Duration.ofNanos(System.nanoTime() - started).toMillis();
    }

    /// Memory once nothing moves any more.
    private static long steadyBytes() {
        long last = Long.MIN_VALUE;
        int same = 0;
        while (same < STEADY_LOOKS) {
            long now = MemoryUse.heapBytes() + MemoryUse.directBytes();
            same = Math.abs(now - last) < STEADY_BYTES ? same + 1 : 0;
            last = now;
        }
        return last;
    }

    private void fill(int queues, int messages, int bytes) throws Exception {
        for (int i = 0; i < queues; i++) {
            channel.queueDeclare("queue-" + i, true, false, false, Map.of());
            channel.queueBind("queue-" + i, "amq.fanout", "");
        }
        for (int i = 0; i < messages; i++) {
            byte[] body = ByteBuffer.allocate(bytes).putInt(i).array();
            channel.basicPublish("amq.fanout", "", MessageProperties.PERSISTENT_BASIC, body);
        }
        channel.waitForConfirmsOrDie(PATIENCE_MS);
    }

    private void produce(String topic, int messages, int bytes) throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", "127.0.0.1:" + server.addresses().port("kafka"));
        try (var producer =
                new KafkaProducer<>(
                        settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < messages; i++) {
                byte[] value = ByteBuffer.allocate(bytes).putInt(i).array();
                sent.add(producer.send(new ProducerRecord<>(topic, 0, null, value)));
            }
            for (Future<?> each : sent) {
                each.get();
            }
        }
    }
}
