package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import io.polylog.harness.BrokerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RabbitMQ's Java client moves messages from one queue to three others, each with one transaction,
/// while the broker is killed: a message is in the one or in all three.
@Tag("slow")
class TransactionKillTest {
    private static final int KILLS = 2;
    private static final int MESSAGES = 200_000;
    private static final int MOVERS = 3;
    private static final int COMMITS_BETWEEN_KILLS = 50;
    private static final List<String> TARGETS = List.of("a", "b", "c");

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path folder;
    private final Set<String> committed = ConcurrentHashMap.newKeySet();
    private final AtomicInteger commits = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void after_kill_9_a_transaction_happened_or_did_not(int shards) throws Exception {
        try (BrokerProcess broker = KilledBroker.start(folder, shards)) {
            declare(broker);
            int moved = 0;
            for (int kill = 0; kill < KILLS; kill++) {
                List<Thread> movers = move(broker);
                int enough = commits.get() + COMMITS_BETWEEN_KILLS;
                Waiting.until(PATIENCE, () -> commits.get() >= enough);
                broker.kill9();
                for (Thread mover : movers) {
                    mover.join();
                }
                broker.restart();
                moved += check(broker, kill);
            }
            assertThat(moved).isGreaterThanOrEqualTo(KILLS * COMMITS_BETWEEN_KILLS);
            assertThat(broker.terminate()).isZero();
        }
    }

    private static void declare(BrokerProcess broker) throws Exception {
        try (Connection connection = KilledBroker.connect(broker);
                Channel channel = connection.createChannel()) {
            channel.queueDeclare("in", true, false, false, null);
            for (String target : TARGETS) {
                channel.queueDeclare(target, true, false, false, null);
            }
        }
    }

    private static void publish(Channel channel, String queue, String text) throws IOException {
        channel.basicPublish(
                "", queue, MessageProperties.MINIMAL_PERSISTENT_BASIC, text.getBytes(UTF_8));
    }

    /// Threads that move what they themselves bring, until the connection breaks.
    private List<Thread> move(BrokerProcess broker) throws Exception {
        List<Thread> movers = new ArrayList<>();
        for (int i = 0; i < MOVERS; i++) {
            Connection connection = KilledBroker.connect(broker);
            movers.add(
                    Thread.ofPlatform()
                            .name("mover-" + i)
                            .start(() -> {
                                try {
                                    move(connection);
                                } catch (Exception broken) {
                                    connection.abort();
                                }
                            }));
        }
        return movers;
    }

    private void move(Connection connection) throws Exception {
        Channel channel = connection.createChannel();
        channel.txSelect();
        for (int i = 0; i < MESSAGES; i++) {
            publish(channel, "in", Thread.currentThread().threadId() + "." + i);
            channel.txCommit();
            GetResponse got = channel.basicGet("in", false);
            if (got != null) {
                String text = new String(got.getBody(), UTF_8);
                for (String target : TARGETS) {
                    publish(channel, target, text);
                }
                channel.basicAck(got.getEnvelope().getDeliveryTag(), false);
                channel.txCommit();
                committed.add(text);
                commits.incrementAndGet();
            }
        }
    }

    /// @return how many messages were moved
    private int check(BrokerProcess broker, int kill) throws Exception {
        try (Connection connection = KilledBroker.connect(broker);
                Channel channel = connection.createChannel()) {
            Set<String> left = drain(channel, "in");
            Set<String> moved = drain(channel, "a");
            assertThat(drain(channel, "b")).as("b as a, after kill %d", kill).isEqualTo(moved);
            assertThat(drain(channel, "c")).as("c as a, after kill %d", kill).isEqualTo(moved);
            assertThat(moved).as("what was committed").containsAll(committed);
            assertThat(left).as("what was moved is gone").doesNotContainAnyElementsOf(moved);
            committed.clear();
            return moved.size();
        }
    }

    private static Set<String> drain(Channel channel, String queue) throws IOException {
        Set<String> texts = new HashSet<>();
        GetResponse got = channel.basicGet(queue, true);
        while (got != null) {
            assertThat(texts.add(new String(got.getBody(), UTF_8))).as("once").isTrue();
            got = channel.basicGet(queue, true);
        }
        return texts;
    }
}
