package io.polylog.interop.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.mqtt.PahoClient.Came;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Eclipse Paho's Java client, MQTT 3.1 and 3.1.1.
class PahoClientsTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @ParameterizedTest
    @CsvSource({"3, 0, 0", "3, 1, 1", "4, 0, 1", "4, 1, 0", "4, 1, 1"})
    void a_subscriber_gets_what_is_published(int version, int published, int subscribed)
            throws Exception {
        try (PahoClient receiver = new PahoClient(broker, "receiver", version);
                PahoClient sender = new PahoClient(broker, "sender", version)) {
            receiver.client.subscribe("shop/+/new", subscribed);
            for (int i = 0; i < 100; i++) {
                sender.publish("shop/eu/new", "order " + i, published);
            }
            sender.publish("shop/eu/old", "not this", published);
            int qos = Math.min(published, subscribed);
            for (int i = 0; i < 100; i++) {
                assertThat(receiver.next())
                        .isEqualTo(new Came("shop/eu/new", "order " + i, qos, false));
            }
            assertThat(receiver.got).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void an_unsubscribed_topic_is_not_sent_any_more(int qos) throws Exception {
        try (PahoClient client = new PahoClient(broker, "client", 4)) {
            client.client.subscribe("a/#", qos);
            client.client.subscribe("b", qos);
            client.client.unsubscribe("a/#");
            client.publish("a/x", "gone", 1);
            client.publish("b", "here", 1);
            assertThat(client.next().text()).isEqualTo("here");
        }
    }

    @Test
    void a_megabyte_comes_through() throws Exception {
        try (PahoClient client = new PahoClient(broker, "client", 4)) {
            client.client.subscribe("large", 1);
            client.publish("large", "x".repeat(1 << 20), 1);
            assertThat(client.next().text()).hasSize(1 << 20);
        }
    }
}
