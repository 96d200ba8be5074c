package io.polylog.interop.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// HiveMQ's client, MQTT 5, over a socket and over WebSocket.
class HiveMqClientTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.mqtt_ws=auto");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource(MqttQos.class)
    void a_message_comes_with_all_that_it_had(MqttQos qos) throws Exception {
        try (HiveMqClient client = HiveMqClient.on(broker, "client")) {
            client.subscribe("orders/+", qos);
            client.client
                    .publishWith()
                    .topic("orders/eu")
                    .qos(qos)
                    .payload("{}".getBytes(UTF_8))
                    .contentType("application/json")
                    .responseTopic("replies/7")
                    .correlationData(new byte[] {0, (byte) 0xff})
                    .messageExpiryInterval(60)
                    .userProperties()
                    .add("b", "2")
                    .add("a", "1")
                    .add("b", "3")
                    .applyUserProperties()
                    .send();

            Mqtt5Publish came = client.next();

            assertThat(came.getTopic()).hasToString("orders/eu");
            assertThat(came.getQos()).isEqualTo(qos);
            assertThat(HiveMqClient.text(came)).isEqualTo("{}");
            assertThat(came.getContentType().orElseThrow()).hasToString("application/json");
            assertThat(came.getResponseTopic().orElseThrow()).hasToString("replies/7");
            byte[] correlation = new byte[2];
            came.getCorrelationData().orElseThrow().get(correlation);
            assertThat(correlation).containsExactly(0, 0xff);
            assertThat(came.getMessageExpiryInterval().orElseThrow()).isBetween(55L, 60L);
            assertThat(HiveMqClient.userProperties(came)).containsExactly("b=2", "a=1", "b=3");
        }
    }

    @Test
    void a_thousand_messages_come_in_their_order() throws Exception {
        try (HiveMqClient client = HiveMqClient.on(broker, "client");
                HiveMqClient sender = HiveMqClient.on(broker, "sender")) {
            client.subscribe("n", MqttQos.EXACTLY_ONCE);
            for (int i = 0; i < 1000; i++) {
                sender.publish("n", "m" + i, MqttQos.EXACTLY_ONCE);
            }
            for (int i = 0; i < 1000; i++) {
                assertThat(HiveMqClient.text(client.next())).isEqualTo("m" + i);
            }
        }
    }

    @Test
    void over_websocket_it_is_the_same() throws Exception {
        try (HiveMqClient browser = HiveMqClient.onWebSocket(broker, "browser");
                HiveMqClient client = HiveMqClient.on(broker, "client")) {
            browser.subscribe("screen/#", MqttQos.AT_LEAST_ONCE);
            client.publish("screen/a", "x".repeat(100_000), MqttQos.AT_LEAST_ONCE);
            assertThat(HiveMqClient.text(browser.next())).hasSize(100_000);
            client.subscribe("button", MqttQos.AT_MOST_ONCE);
            browser.publish("button", "y".repeat(200_000), MqttQos.AT_LEAST_ONCE);
            assertThat(HiveMqClient.text(client.next())).hasSize(200_000);
        }
    }
}
