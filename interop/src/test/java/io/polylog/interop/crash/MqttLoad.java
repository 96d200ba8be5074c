package io.polylog.interop.crash;

import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import io.polylog.harness.Proof;
import io.polylog.harness.Proof.Forged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/// Paho's Java client: a publisher, and a consumer whose session outlives its connections.
///
/// With QoS 1 the publisher connects anew after a crash and never sends anything twice: what was
/// acknowledged must arrive, a second arrival must be flagged. With QoS 2 it keeps its session and
/// goes on where it was: what is complete must arrive, and nothing twice.
final class MqttLoad implements Load {
    private static final int PRODUCER = 0;
    private static final int MESSAGE_BYTES = 512;
    private static final int MOST_UNCONFIRMED = 200;
    private static final int EXACTLY_ONCE = 2;

    private final String address;
    private final String topic;
    private final int qos;
    private final long run;
    private final Ledger ledger;
    private final Semaphore room = new Semaphore(MOST_UNCONFIRMED);
    private final MqttAsyncClient consumer;
    private final Thread publishing;
    private long sequence;
    private volatile boolean finishing;
    private volatile boolean closing;

    MqttLoad(String address, String topic, int qos, long run) throws MqttException {
        this.address = address;
        this.topic = topic;
        this.qos = qos;
        this.run = run;
        ledger = new Ledger(qos == EXACTLY_ONCE ? Repeats.NEVER : Repeats.FLAGGED);
        consumer = client("consumer", new Consumer());
        connect(consumer, false);
        consumer.subscribe(topic, qos).waitForCompletion();
        publishing = Thread.ofPlatform().name("mqtt-publish-" + qos).daemon().start(this::publish);
    }

    private MqttAsyncClient client(String role, MqttCallback callback) throws MqttException {
        MqttAsyncClient client =
                new MqttAsyncClient(
                        "tcp://" + address, topic + "-" + role, new MemoryPersistence());
        client.setCallback(callback);
        return client;
    }

    /// @param clean whether the session ends with the connection, which then is not made again
    private static void connect(MqttAsyncClient client, boolean clean) throws MqttException {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(clean);
        options.setAutomaticReconnect(!clean);
        options.setMaxReconnectDelay(200);
        options.setMaxInflight(2 * MOST_UNCONFIRMED);
        client.connect(options).waitForCompletion();
    }

    @Override
    public long accepted() {
        return ledger.accepted();
    }

    @Override
    public List<String> finish(Duration patience) throws Exception {
        finishing = true;
        publishing.join();
        Waiting.until(patience, () -> ledger.owed() == 0);
        List<String> wrong = new ArrayList<>();
        ledger.verdict().forEach(what -> wrong.add("mqtt QoS " + qos + ", " + what));
        return wrong;
    }

    @Override
    public void close() {
        finishing = true;
        closing = true;
        end(consumer);
    }

    private static void end(MqttAsyncClient client) {
        try {
            if (client.isConnected()) {
                client.disconnectForcibly(0, 100, false);
            }
            client.close(true);
        } catch (MqttException gone) {
            return;
        }
    }

    private void publish() {
        while (!finishing) {
            MqttAsyncClient client = null;
            try {
                client = client("publisher", new Publisher());
                connect(client, qos != EXACTLY_ONCE);
                send(client);
            } catch (MqttException crash) {
                Waiting.aMoment(); // then connect again
            }
            if (client != null) {
                end(client);
            }
            room.drainPermits();
            room.release(MOST_UNCONFIRMED);
        }
    }

    /// Sends until the connection is lost for good, and waits for the last answers.
    private void send(MqttAsyncClient client) throws MqttException {
        while (!finishing && (qos == EXACTLY_ONCE || client.isConnected())) {
            if (Waiting.isAhead(ledger)) {
                Waiting.aMoment();
            } else if (tryRoom()) {
                send(client, sequence++);
            }
        }
        while (!closing
                && room.availablePermits() < MOST_UNCONFIRMED
                && (qos == EXACTLY_ONCE || client.isConnected())) {
            Waiting.aMoment();
        }
    }

    private void send(MqttAsyncClient client, long now) throws MqttException {
        ledger.attempted(PRODUCER, now);
        byte[] message = new Proof(run, PRODUCER, now, topic).encode(MESSAGE_BYTES);
        try {
            client.publish(topic, message, qos, false, now, null);
        } catch (MqttException notConnected) {
            if (qos != EXACTLY_ONCE) {
                throw notConnected;
            }
            room.release(); // it was not taken
            Waiting.aMoment();
        }
    }

    private boolean tryRoom() {
        try {
            return room.tryAcquire(20, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Publisher implements MqttCallback {
        @Override
        public void deliveryComplete(IMqttDeliveryToken token) {
            if (token.getException() == null && token.getUserContext() instanceof Long sent) {
                ledger.accepted(PRODUCER, sent);
                room.release();
            }
        }

        @Override
        public void messageArrived(String subject, MqttMessage message) {}

        @Override
        public void connectionLost(Throwable why) {}
    }

    private final class Consumer implements MqttCallback {
        @Override
        public void messageArrived(String subject, MqttMessage message) {
            try {
                Proof proof = Proof.decode(message.getPayload(), run, topic);
                ledger.arrived(proof.producer(), proof.sequence(), message.isDuplicate());
            } catch (Forged forged) {
                ledger.forged(forged);
            }
        }

        @Override
        public void deliveryComplete(IMqttDeliveryToken token) {}

        @Override
        public void connectionLost(Throwable why) {}
    }
}
