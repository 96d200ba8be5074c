package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages that come later, with RabbitMQ's Java client: exchanges that delay, queues that retry.
class DelayTest {
    private static final int COUNT = 1_000;
    private static final long EARLY_NANOS = 2_000_000;
    private static final int AT_ONCE = 20;
    private static final long DAY_MS = 86_400_000;

    /// Of half of them, where the machine is busy with other things; the benchmark is strict.
    private static final long LATE_NANOS = 1_000_000_000;

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
        channel.queueDelete("q");
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    @Test
    void a_thousand_delayed_messages_come_at_their_times() throws Exception {
        channel.exchangeDeclare(
                "later", "x-delayed-message", true, false, Map.of("x-delayed-type", "direct"));
        channel.queueDeclare("q", true, false, false, Map.of());
        channel.queueBind("q", "later", "k");
        List<Long> lateNanos = new CopyOnWriteArrayList<>();
        channel.basicConsume(
                "q",
                true,
                new DefaultConsumer(channel) {
                    @Override
                    public void handleDelivery(
                            String tag,
                            Envelope envelope,
                            BasicProperties properties,
                            byte[] body) {
                        lateNanos.add(System.nanoTime() - ByteBuffer.wrap(body).getLong());
                    }
                });
        Channel sender = rabbit.connection.createChannel();
        sender.confirmSelect();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < COUNT; i++) {
            int delayMs = random.nextInt(200, 2_000);
            byte[] dueNanos =
                    ByteBuffer.allocate(Long.BYTES)
                            .putLong(System.nanoTime() + delayMs * 1_000_000L)
                            .array();
            BasicProperties properties =
                    new BasicProperties.Builder().headers(Map.of("x-delay", delayMs)).build();
            sender.basicPublish("later", "k", properties, dueNanos);
            if (i % AT_ONCE == 0) {
                sender.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
            }
        }
        await().atMost(Duration.ofSeconds(20)).until(() -> lateNanos.size() == COUNT);
        lateNanos.sort(null);
        assertThat(lateNanos.getFirst()).isGreaterThan(-EARLY_NANOS);
        assertThat(lateNanos.get(COUNT / 2)).isLessThan(LATE_NANOS);
    }

    @Test
    void what_is_given_back_comes_again_after_a_while() throws Exception {
        Map<String, Object> arguments =
                Map.of(
                        "x-queue-type", "quorum",
                        "x-delayed-retry-type", "all",
                        "x-delayed-retry-min", 300);
        channel.queueDeclare("q", true, false, false, arguments);
        rabbit.store("q", "a");
        for (int attempt = 1; attempt <= 2; attempt++) {
            GetResponse got = channel.basicGet("q", false);
            assertThat(got).isNotNull();
            long begun = System.nanoTime();
            channel.basicNack(got.getEnvelope().getDeliveryTag(), false, true);
            await().until(() -> channel.messageCount("q") == 1);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .isGreaterThan(Duration.ofMillis(300L * attempt - 5));
        }
    }

    private static BasicProperties with(Map<String, Object> headers) {
        return new BasicProperties.Builder().headers(headers).deliveryMode(2).build();
    }

    @Test
    void any_message_may_say_when_it_is_delivered() throws Exception {
        channel.queueDeclare("q", true, false, false, Map.of());
        channel.confirmSelect();
        Instant soon = Instant.now().plusMillis(500);
        Rabbit.publish(channel, "q", with(Map.of("x-polylog-deliver-at", soon.toString())), "soon");
        Rabbit.publish(channel, "q", with(Map.of("x-polylog-delay", 30 * 365 * DAY_MS)), "late");
        Instant past = Instant.now().minusSeconds(10);
        Map<String, Object> gone = Map.of("x-polylog-deliver-at", Date.from(past));
        Rabbit.publish(channel, "q", with(gone), "now");
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        assertThat(rabbit.drain("q")).containsExactly("now");
        await().until(() -> channel.messageCount("q") == 1);
        assertThat(Instant.now()).isAfterOrEqualTo(soon.minusMillis(2));
        assertThat(rabbit.drain("q")).containsExactly("soon");
    }

    @Test
    void a_time_that_makes_no_sense_is_refused() throws Exception {
        channel.queueDeclare("q", true, false, false, Map.of());
        Map<Map<String, Object>, String> mistakes =
                Map.of(
                        Map.of("x-polylog-delay", "soon"), "no whole number of milliseconds",
                        Map.of("x-polylog-deliver-at", "noon"), "no time such as",
                        Map.of("x-polylog-delay", 101 * 365 * DAY_MS), "a hundred years",
                        Map.of("x-polylog-delay", 1, "x-polylog-deliver-at", 2),
                                "'x-polylog-delay' and 'x-polylog-deliver-at' contradict");
        for (Map.Entry<Map<String, Object>, String> mistake : mistakes.entrySet()) {
            Closed closed = rabbit.closed(c -> Rabbit.publish(c, "q", with(mistake.getKey()), "m"));
            assertThat(closed.code()).isEqualTo(406);
            assertThat(closed.text()).contains(mistake.getValue());
        }
    }
}
