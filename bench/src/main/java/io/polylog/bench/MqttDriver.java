package io.polylog.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/// Eclipse Paho's Java client, MQTT 3.1.1: each publisher has a topic of its own, and a consumer
/// that subscribes to it.
final class MqttDriver implements Driver {
    private final String address;
    private final Terms terms;
    private final List<MqttAsyncClient> clients = new ArrayList<>();
    private String topic = "";

    /// How messages are sent and consumed.
    ///
    /// @param qos of publishers and consumers
    /// @param persistent whether consumers' sessions outlive their connections, so that what is
    ///   sent to them is durable
    record Terms(int qos, boolean persistent) {}

    MqttDriver(String address, Terms terms) {
        this.address = address;
        this.terms = terms;
    }

    @Override
    public void prepare(String name, int clients) {
        topic = name;
    }

    @Override
    public Publisher publisher(int client, boolean eager) throws Exception {
        return new Sender(connect("publisher" + client, true), topic + "/" + client, terms.qos);
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) throws Exception {
        MqttAsyncClient consumer = connect("consumer" + client, !terms.persistent);
        consumer.subscribe(
                        topic + "/" + client,
                        terms.qos,
                        (_, message) -> sink.accept(message.getPayload()))
                .waitForCompletion();
    }

    private MqttAsyncClient connect(String id, boolean clean) throws MqttException {
        MqttAsyncClient client =
                new MqttAsyncClient("tcp://" + address, topic + id, new MemoryPersistence());
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(clean);
        options.setMaxInflight(65_535);
        client.connect(options).waitForCompletion();
        clients.add(client);
        return client;
    }

    @Override
    public void end() throws Exception {
        for (MqttAsyncClient client : clients) {
            if (client.isConnected()) {
                client.disconnectForcibly(0, 1, false);
            }
            client.close(true);
        }
    }

    private record Sender(MqttAsyncClient client, String topic, int qos) implements Publisher {
        @Override
        public void send(byte[] message, Answer answer) throws Exception {
            client.publish(topic, message, qos, false, null, new Confirmation(answer));
        }

        @Override
        public void flush() {}

        @Override
        public void close() throws IOException {
            try {
                client.disconnect().waitForCompletion();
            } catch (MqttException e) {
                throw new IOException(e);
            }
        }
    }

    private record Confirmation(Answer answer) implements IMqttActionListener {
        @Override
        public void onSuccess(IMqttToken token) {
            answer.confirmed(true);
        }

        @Override
        public void onFailure(IMqttToken token, Throwable why) {
            answer.confirmed(false);
        }
    }
}
