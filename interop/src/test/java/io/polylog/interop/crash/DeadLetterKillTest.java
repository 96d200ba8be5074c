package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.MessageProperties;
import io.polylog.harness.BrokerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Messages expire by the thousand, and the broker is killed while they are on their way to the
/// dead letters: each arrives in both queues it is sent to, and none twice.
@Tag("slow")
class DeadLetterKillTest {
    private static final int KILLS = 3;
    private static final int MESSAGES = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> TARGETS = List.of("dead-a", "dead-b");

    @TempDir private Path folder;
    private final Set<String> sent = new HashSet<>();

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void no_dead_letter_is_lost_or_doubled(int shards) throws Exception {
        try (BrokerProcess broker = KilledBroker.start(folder, shards)) {
            declare(broker);
            for (int kill = 0; kill < KILLS; kill++) {
                send(broker, kill);
                broker.kill9();
                broker.restart();
            }
            try (Connection connection = KilledBroker.connect(broker);
                    Channel channel = connection.createChannel()) {
                for (String target : TARGETS) {
                    Waiting.until(PATIENCE, () -> count(channel, target) >= sent.size());
                    assertThat(count(channel, target)).as(target).isEqualTo(sent.size());
                    assertThat(drain(channel, target, sent.size())).as(target).isEqualTo(sent);
                }
                assertThat(count(channel, "brief")).isZero();
            }
            assertThat(broker.terminate()).isZero();
        }
    }

    private static void declare(BrokerProcess broker) throws Exception {
        try (Connection connection = KilledBroker.connect(broker);
                Channel channel = connection.createChannel()) {
            channel.exchangeDeclare("dlx", "fanout", true);
            for (String target : TARGETS) {
                channel.queueDeclare(target, true, false, false, null);
                channel.queueBind(target, "dlx", "");
            }
            Map<String, Object> arguments =
                    Map.of("x-message-ttl", 100, "x-dead-letter-exchange", "dlx");
            channel.queueDeclare("brief", true, false, false, arguments);
        }
    }

    /// Returns when all is confirmed and the first have arrived.
    private void send(BrokerProcess broker, int round) throws Exception {
        try (Connection connection = KilledBroker.connect(broker);
                Channel channel = connection.createChannel()) {
            long before = count(channel, "dead-a");
            channel.confirmSelect();
            for (int i = 0; i < MESSAGES; i++) {
                String text = round + "." + i;
                channel.basicPublish(
                        "",
                        "brief",
                        MessageProperties.MINIMAL_PERSISTENT_BASIC,
                        text.getBytes(UTF_8));
                sent.add(text);
            }
            channel.waitForConfirmsOrDie(PATIENCE.toMillis());
            Waiting.until(PATIENCE, () -> count(channel, "dead-a") > before);
        }
    }

    private static long count(Channel channel, String queue) {
        try {
            return channel.messageCount(queue);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Everything there is, each once.
    private static Set<String> drain(Channel channel, String queue, int count) throws Exception {
        List<String> got = new ArrayList<>();
        BlockingQueue<String> arrived = new LinkedBlockingQueue<>();
        channel.basicConsume(
                queue,
                false,
                (tag, delivery) -> arrived.add(new String(delivery.getBody(), UTF_8)),
                tag -> {});
        Waiting.until(PATIENCE, () -> arrived.size() >= count);
        arrived.drainTo(got);
        assertThat(got).as(queue).doesNotHaveDuplicates();
        return new HashSet<>(got);
    }
}
