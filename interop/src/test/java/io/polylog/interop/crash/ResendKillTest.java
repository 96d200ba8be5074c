package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import io.polylog.harness.BrokerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A publisher whose broker is killed does not know what was stored, and sends it all again: known
/// by its id, or by what it expects to be the newest message, each message is there once.
@Tag("slow")
class ResendKillTest {
    private static final int KILLS = 3;
    private static final int IDENTIFIED = 1_500;
    private static final int EXPECTING = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path folder;
    private final Random random = new Random();

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void what_is_sent_again_is_there_once(int shards) throws Exception {
        try (BrokerProcess broker = KilledBroker.start(folder, shards)) {
            declare(broker);
            for (int kill = 0; kill < KILLS; kill++) {
                killInTheMiddle(broker, kill);
                broker.restart();
                sendAgain(broker, kill);
            }
            try (Connection connection = KilledBroker.connect(broker);
                    Channel channel = connection.createChannel()) {
                assertThat(read(channel, "once", KILLS * IDENTIFIED, Map.of()))
                        .containsExactlyElementsOf(texts(KILLS * IDENTIFIED));
                channel.basicQos(1_000);
                assertThat(
                                read(
                                        channel,
                                        "log",
                                        KILLS * EXPECTING,
                                        Map.of("x-stream-offset", "first")))
                        .containsExactlyElementsOf(texts(KILLS * EXPECTING));
            }
            assertThat(broker.terminate()).isZero();
        }
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    private static void declare(BrokerProcess broker) throws Exception {
        try (Connection connection = KilledBroker.connect(broker);
                Channel channel = connection.createChannel()) {
            channel.queueDeclare(
                    "once", true, false, false, Map.of("x-polylog-dedup-window", 3_600_000));
            channel.queueDeclare("log", true, false, false, Map.of("x-queue-type", "stream"));
        }
    }

    private static void identified(Channel channel, int number) throws IOException {
        BasicProperties properties =
                new BasicProperties.Builder().messageId("id-" + number).deliveryMode(2).build();
        channel.basicPublish("", "once", properties, text(number));
    }

    private static void expecting(Channel channel, int number) throws IOException {
        Map<String, Object> headers = Map.of("x-polylog-expected-last-offset", number - 1L);
        BasicProperties properties =
                new BasicProperties.Builder().headers(headers).deliveryMode(2).build();
        channel.basicPublish("", "log", properties, text(number));
    }

    private static byte[] text(int number) {
        return Integer.toString(number).getBytes(UTF_8);
    }

    /// Publishes the messages of a round, and kills the broker before the last is confirmed.
    private void killInTheMiddle(BrokerProcess broker, int round) throws Exception {
        int last = IDENTIFIED / 10 + random.nextInt(IDENTIFIED * 9 / 10);
        Connection connection = KilledBroker.connect(broker);
        Channel channel = connection.createChannel();
        try {
            for (int i = 0; i < last; i++) {
                identified(channel, round * IDENTIFIED + i);
                if (i % (IDENTIFIED / EXPECTING) == 0) {
                    expecting(channel, round * EXPECTING + i / (IDENTIFIED / EXPECTING));
                }
            }
            broker.kill9();
        } finally {
            connection.abort();
        }
    }

    /// All messages of a round, from the first.
    private static void sendAgain(BrokerProcess broker, int round) throws Exception {
        try (Connection connection = KilledBroker.connect(broker);
                Channel once = connection.createChannel();
                Channel log = connection.createChannel()) {
            once.confirmSelect();
            log.confirmSelect();
            for (int i = 0; i < IDENTIFIED; i++) {
                identified(once, round * IDENTIFIED + i);
            }
            for (int i = 0; i < EXPECTING; i++) {
                expecting(log, round * EXPECTING + i);
            }
            once.waitForConfirmsOrDie(PATIENCE.toMillis());
            // Refused is what is there already.
            log.waitForConfirms(PATIENCE.toMillis());
        } catch (AlreadyClosedException e) {
            throw new AssertionError("the broker went away by itself", e);
        }
    }

    /// Everything there is.
    private static List<String> read(
            Channel channel, String queue, int count, Map<String, Object> arguments)
            throws Exception {
        assertThat(channel.messageCount(queue)).isEqualTo(count);
        BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
        channel.basicConsume(
                queue,
                false,
                arguments,
                (tag, delivery) -> {
                    arrived.add(new String(delivery.getBody(), UTF_8));
                    channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
                },
                tag -> {});
        Waiting.until(PATIENCE, () -> arrived.size() >= count);
        return new ArrayList<>(arrived);
    }
}
