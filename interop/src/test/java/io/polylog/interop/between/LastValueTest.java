package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.KeyValue;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.nats.Jnats;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What MQTT retains and what a key-value bucket of NATS holds is one last value, where the
/// bucket's subjects lead there.
class LastValueTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;
    private KeyValue bucket;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
        nats.client
                .keyValueManagement()
                .create(KeyValueConfiguration.builder().name("home").build());
        bucket = nats.client.keyValue("home");
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private MqttClient mqtt(String name) throws Exception {
        MqttClient client =
                new MqttClient("tcp://" + broker.address("mqtt"), name, new MemoryPersistence());
        MqttConnectOptions options = new MqttConnectOptions();
        options.setCleanSession(true);
        client.connect(options);
        return client;
    }

    private void retain(String topic, String text) throws Exception {
        MqttClient client = mqtt("retains");
        client.publish(topic, text.getBytes(UTF_8), 1, true);
        client.disconnect();
        client.close();
    }

    /// What a new subscriber is given at once, by topic.
    private Map<String, String> given(String filter, int qos) throws Exception {
        BlockingQueue<Map.Entry<String, MqttMessage>> came = new LinkedBlockingQueue<>();
        MqttClient client = mqtt("asks");
        client.subscribe(
                new String[] {filter, "end"},
                new int[] {qos, qos},
                new org.eclipse.paho.client.mqttv3.IMqttMessageListener[] {
                    (topic, message) -> came.add(Map.entry(topic, message)),
                    (topic, message) -> came.add(Map.entry(topic, message))
                });
        Map<String, String> given = new TreeMap<>();
        client.publish("end", new byte[] {1}, qos, false);
        long quietMs = 300;
        for (var next = came.poll(15, TimeUnit.SECONDS);
                next != null;
                next = came.poll(quietMs, TimeUnit.MILLISECONDS)) {
            if (!next.getKey().equals("end")) {
                assertThat(next.getValue().isRetained()).as(next.getKey()).isTrue();
                given.put(next.getKey(), new String(next.getValue().getPayload(), UTF_8));
            }
        }
        client.disconnect();
        client.close();
        return given;
    }

    @Test
    void what_mqtt_retains_is_an_entry_of_the_bucket() throws Exception {
        retain("$KV/home/kitchen/light", "on");

        KeyValueEntry entry = bucket.get("kitchen.light");
        assertThat(entry.getValueAsString()).isEqualTo("on");
        assertThat(entry.getRevision()).isEqualTo(1);
        assertThat(bucket.keys()).containsExactly("kitchen.light");
        assertThat(given("$KV/home/+/light", 1))
                .containsOnly(Map.entry("$KV/home/kitchen/light", "on"));
    }

    @Test
    void an_entry_is_given_to_who_subscribes_with_mqtt() throws Exception {
        bucket.put("kitchen.light", "off");
        bucket.put("kitchen.light", "dim");
        bucket.put("hall.light", "on");
        bucket.put("hall.heat", "21");
        bucket.delete("hall.light");

        for (int qos = 0; qos < 2; qos++) {
            assertThat(given("$KV/home/#", qos))
                    .containsOnly(
                            Map.entry("$KV/home/kitchen/light", "dim"),
                            Map.entry("$KV/home/hall/heat", "21"));
        }
        assertThat(given("$KV/home/kitchen/light", 1)).hasSize(1);
        assertThat(given("#", 1)).isEmpty();
    }

    @Test
    void each_replaces_and_ends_what_the_other_set() throws Exception {
        bucket.put("k", "1");
        retain("$KV/home/k", "2");
        assertThat(bucket.get("k").getRevision()).isEqualTo(2);
        bucket.update("k", "3", 2);
        assertThat(given("$KV/home/k", 1)).containsOnly(Map.entry("$KV/home/k", "3"));

        BlockingQueue<KeyValueEntry> watched = new LinkedBlockingQueue<>();
        bucket.watch("k", watcher(watched));
        assertThat(next(watched).getValueAsString()).isEqualTo("3");
        retain("$KV/home/k", "");

        assertThat(next(watched).getOperation()).isEqualTo(KeyValueOperation.DELETE);
        assertThat(bucket.get("k")).isNull();
        assertThat(given("$KV/home/k", 1)).isEmpty();
        assertThat(bucket.create("k", "4".getBytes(UTF_8))).isGreaterThan(4);
        assertThat(given("$KV/home/k", 1)).containsOnly(Map.entry("$KV/home/k", "4"));
    }

    private static KeyValueWatcher watcher(BlockingQueue<KeyValueEntry> watched) {
        return new KeyValueWatcher() {
            @Override
            public void watch(KeyValueEntry entry) {
                watched.add(entry);
            }

            @Override
            public void endOfData() {}
        };
    }

    private static KeyValueEntry next(BlockingQueue<KeyValueEntry> watched) throws Exception {
        KeyValueEntry next = watched.poll(15, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    @Test
    void a_stream_has_the_last_values_of_its_subjects_where_it_says_so() throws Exception {
        retain("sensors/old", "before there was a stream");
        nats.client
                .jetStreamManagement()
                .addStream(
                        StreamConfiguration.builder()
                                .name("SENSORS")
                                .subjects("sensors.>")
                                .maxMessagesPerSubject(1)
                                .metadata(Map.of("polylog.last-value", "true"))
                                .build());
        nats.client.jetStream().publish("sensors.t", "20".getBytes(UTF_8));
        retain("sensors/h", "55");
        retain("other/h", "7");

        assertThat(given("sensors/#", 1))
                .containsOnly(Map.entry("sensors/t", "20"), Map.entry("sensors/h", "55"));
        assertThat(given("+/h", 1))
                .containsOnly(Map.entry("sensors/h", "55"), Map.entry("other/h", "7"));
        assertThat(
                        nats.client
                                .jetStreamManagement()
                                .getLastMessage("SENSORS", "sensors.h")
                                .getData())
                .asString(UTF_8)
                .isEqualTo("55");
        nats.client.jetStreamManagement().deleteStream("SENSORS");
        assertThat(given("sensors/#", 1)).containsOnlyKeys("sensors/old");
    }

    @Test
    void a_stream_that_does_not_say_so_retains_nothing() throws Exception {
        nats.client
                .jetStreamManagement()
                .addStream(
                        StreamConfiguration.builder()
                                .name("SENSORS")
                                .subjects("sensors.>")
                                .maxMessagesPerSubject(1)
                                .build());
        nats.client.jetStream().publish("sensors.t", "20".getBytes(UTF_8));
        retain("sensors/h", "55");

        assertThat(given("sensors/#", 1)).containsOnly(Map.entry("sensors/h", "55"));
    }
}
