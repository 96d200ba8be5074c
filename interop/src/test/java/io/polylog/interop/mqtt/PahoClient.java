package io.polylog.interop.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.MqttCallback;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/// One connected client of Eclipse Paho (MQTT 3.1 and 3.1.1), and what it has got.
final class PahoClient implements AutoCloseable {
    final MqttClient client;
    final BlockingQueue<Came> got = new LinkedBlockingQueue<>();

    /// A message as it came.
    record Came(String topic, String text, int qos, boolean retained) {}

    PahoClient(RunningBroker broker, String id, Consumer<MqttConnectOptions> more)
            throws Exception {
        client = new MqttClient("tcp://" + broker.address("mqtt"), id, new MemoryPersistence());
        client.setCallback(new Receiver());
        MqttConnectOptions options = new MqttConnectOptions();
        options.setMaxInflight(1000);
        more.accept(options);
        client.connect(options);
    }

    /// With a session that ends with the connection.
    PahoClient(RunningBroker broker, String id, int version) throws Exception {
        this(broker, id, options -> options.setMqttVersion(version));
    }

    void publish(String topic, String text, int qos) throws Exception {
        client.publish(topic, text.getBytes(UTF_8), qos, false);
    }

    void retain(String topic, String text, int qos) throws Exception {
        client.publish(topic, text.getBytes(UTF_8), qos, true);
    }

    Came next() throws InterruptedException {
        Came next = got.poll(10, TimeUnit.SECONDS);
        assertThat(next).as("a message").isNotNull();
        return next;
    }

    @Override
    public void close() throws MqttException {
        if (client.isConnected()) {
            client.disconnect();
        }
        client.close();
    }

    private final class Receiver implements MqttCallback {
        @Override
        public void connectionLost(Throwable cause) {
            // Who waits for messages finds none.
        }

        @Override
        public void messageArrived(String topic, MqttMessage message) {
            String text = new String(message.getPayload(), UTF_8);
            got.add(new Came(topic, text, message.getQos(), message.isRetained()));
        }

        @Override
        public void deliveryComplete(IMqttDeliveryToken token) {
            // Publishing waits for it.
        }
    }
}
