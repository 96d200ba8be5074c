package io.polylog.interop.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient.Mqtt5Publishes;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.polylog.interop.RunningBroker;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// One connected client of HiveMQ (MQTT 5), and what it has got.
public final class HiveMqClient implements AutoCloseable {
    public final Mqtt5BlockingClient client;
    private final Mqtt5Publishes publishes;

    private HiveMqClient(Mqtt5ClientBuilder builder, int port) {
        this(builder, port, Mqtt5Connect.builder().build());
    }

    private HiveMqClient(Mqtt5ClientBuilder builder, int port, Mqtt5Connect connect) {
        client = builder.serverHost("127.0.0.1").serverPort(port).buildBlocking();
        publishes = client.publishes(MqttGlobalPublishFilter.ALL);
        client.connect(connect);
    }

    public static HiveMqClient on(RunningBroker broker, String id) {
        return new HiveMqClient(builder(id), broker.port("mqtt"));
    }

    /// With a session that outlives the connection.
    public static HiveMqClient persistent(RunningBroker broker, String id) {
        Mqtt5Connect connect =
                Mqtt5Connect.builder().cleanStart(false).sessionExpiryInterval(3_600).build();
        return new HiveMqClient(builder(id), broker.port("mqtt"), connect);
    }

    /// Over WebSocket.
    static HiveMqClient onWebSocket(RunningBroker broker, String id) {
        Mqtt5ClientBuilder builder =
                builder(id)
                        .webSocketConfig()
                        .serverPath("mqtt")
                        .subprotocol("mqtt")
                        .applyWebSocketConfig();
        return new HiveMqClient(builder, broker.port("mqtt_ws"));
    }

    private static Mqtt5ClientBuilder builder(String id) {
        return MqttClient.builder().useMqttVersion5().identifier(id);
    }

    public void subscribe(String filter, MqttQos qos) {
        client.subscribeWith().topicFilter(filter).qos(qos).send();
    }

    public void publish(String topic, String text, MqttQos qos) {
        client.publishWith().topic(topic).qos(qos).payload(text.getBytes(UTF_8)).send();
    }

    public Mqtt5Publish next() throws InterruptedException {
        Optional<Mqtt5Publish> next = publishes.receive(10, TimeUnit.SECONDS);
        assertThat(next).as("a message").isPresent();
        return next.get();
    }

    public static String text(Mqtt5Publish message) {
        return new String(message.getPayloadAsBytes(), UTF_8);
    }

    /// `name=value` in their order.
    public static List<String> userProperties(Mqtt5Publish message) {
        return message.getUserProperties().asList().stream()
                .map(property -> property.getName() + "=" + property.getValue())
                .toList();
    }

    @Override
    public void close() {
        publishes.close();
        client.disconnect();
    }
}
