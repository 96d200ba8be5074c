package io.polylog.interop.crash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Eclipse Paho's client through `kill -9` of the broker, its sessions kept on both sides: what was
/// acknowledged arrives, at QoS 2 once and never twice.
@Tag("slow")
class MqttKillTest {
    private static final int CYCLES = Math.max(2, Integer.getInteger("polylog.kills", 10) / 2);
    private static final int MOST_UNDER_WAY = 200;
    private static final int LEAST_ACCEPTED = 300;
    private static final int MOST_MORE = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String TOPIC = "kill/me";

    @TempDir private Path folder;
    private final long seed = Long.getLong("polylog.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Set<Integer> accepted = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Integer> arrived = new ConcurrentHashMap<>();
    private final Set<Integer> unanswered = ConcurrentHashMap.newKeySet();
    private volatile boolean finishing;

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void kill_9_loses_nothing_and_at_qos_2_doubles_nothing(int qos) throws Exception {
        try (BrokerProcess broker = KilledBroker.start(folder, 2)) {
            MqttAsyncClient subscriber = connected(broker, "subscriber");
            subscriber.subscribe(TOPIC, qos).waitForCompletion();
            MqttAsyncClient publisher = connected(broker, "publisher");
            Thread publishing = Thread.ofPlatform().daemon().start(() -> publish(publisher, qos));
            for (int cycle = 0; cycle < CYCLES; cycle++) {
                int more = accepted.size() + LEAST_ACCEPTED + random.nextInt(MOST_MORE);
                assertThat(Waiting.until(PATIENCE, () -> accepted.size() >= more))
                        .as("accepted again, seed %d", seed)
                        .isTrue();
                broker.kill9();
                broker.restart();
            }
            finishing = true;
            publishing.join();
            assertThat(Waiting.until(PATIENCE, unanswered::isEmpty))
                    .as("everything answered, seed %d", seed)
                    .isTrue();
            assertThat(Waiting.until(PATIENCE, () -> arrived.keySet().containsAll(accepted)))
                    .as("everything accepted arrives, seed %d", seed)
                    .isTrue();
            if (qos == 2) {
                assertThat(arrived.values()).as("seed %d", seed).containsOnly(1);
            }
            publisher.disconnectForcibly(0, 1000);
            subscriber.disconnectForcibly(0, 1000);
            publisher.close(true);
            subscriber.close(true);
        }
    }

    private MqttAsyncClient connected(BrokerProcess broker, String id) throws MqttException {
        MqttAsyncClient client =
                new MqttAsyncClient("tcp://" + broker.address("mqtt"), id, new MemoryPersistence());
        client.setCallback(new Taker());
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(false);
        options.setAutomaticReconnect(true);
        options.setMaxReconnectDelay(100);
        options.setMaxInflight(2 * MOST_UNDER_WAY);
        client.connect(options).waitForCompletion();
        return client;
    }

    private void publish(MqttAsyncClient publisher, int qos) {
        int next = 0;
        while (!finishing) {
            if (unanswered.size() >= MOST_UNDER_WAY) {
                Waiting.aMoment();
                continue;
            }
            byte[] text = Integer.toString(next).getBytes(UTF_8);
            unanswered.add(next);
            try {
                publisher.publish(TOPIC, text, qos, false, null, new Answer(next));
            } catch (MqttException notConnected) {
                unanswered.remove(next);
                Waiting.aMoment(); // it connects again by itself
            }
            next++;
        }
    }

    /// What becomes of one message.
    private final class Answer implements IMqttActionListener {
        private final int number;

        Answer(int number) {
            this.number = number;
        }

        @Override
        public void onSuccess(IMqttToken token) {
            accepted.add(number);
            unanswered.remove(number);
        }

        @Override
        public void onFailure(IMqttToken token, Throwable cause) {
            unanswered.remove(number);
        }
    }

    private final class Taker implements MqttCallback {
        @Override
        public void connectionLost(Throwable cause) {
            // It connects again by itself.
        }

        @Override
        public void messageArrived(String topic, MqttMessage message) {
            String text = new String(message.getPayload(), UTF_8);
            arrived.merge(Integer.valueOf(text), 1, Integer::sum);
        }

        @Override
        public void deliveryComplete(IMqttDeliveryToken token) {
            // The answer says it.
        }
    }
}
