package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAck;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.mqtt.HiveMqClient;
import io.polylog.interop.stomp.RawStomp;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.InvalidRecordException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A body that does not fit a queue's or topic's schema is refused in each protocol's own words,
/// with the place and the rule.
class SchemaTest {
    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}";
    private static final String BAD = "{\"a\":\"x\"}";
    private static final String GOOD = "{\"a\":1}";
    private static final String WHY = "/a: string found, integer expected (type)";

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void declare() throws Exception {
        rabbit = Rabbit.on(broker);
        rabbit.channel.queueDelete("checked");
        rabbit.channel.queueDeclare(
                "checked", true, false, false, Map.of("x-polylog-schema", SCHEMA));
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    private static HttpResponse<String> post(String path, String body) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("http://" + broker.address("http") + path))
                            .header("Content-Type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString());
        }
    }

    private static void policy(String pattern) throws Exception {
        String text = SCHEMA.replace("\"", "\\\"");
        String order =
                "{\"name\":\"fitting\",\"pattern\":\"%s\",\"schema\":\"%s\"}"
                        .formatted(pattern, text);
        HttpResponse<String> set = post("/api/v1/policies/set", order);
        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    }

    private void awaitOne() {
        await().atMost(Rabbit.PATIENCE).until(() -> rabbit.channel.messageCount("checked") == 1);
    }

    @Test
    void amqp_is_told_by_the_end_of_its_channel() throws Exception {
        rabbit.channel.confirmSelect();
        rabbit.channel.basicPublish("", "checked", null, GOOD.getBytes(UTF_8));
        rabbit.channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        awaitOne();
        Rabbit.Closed closed =
                Rabbit.closed(
                        rabbit.channel,
                        () -> {
                            rabbit.channel.basicPublish("", "checked", null, BAD.getBytes(UTF_8));
                            rabbit.channel.waitForConfirms(Rabbit.PATIENCE.toMillis());
                        });
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text()).contains("the body does not fit: " + WHY);
    }

    @Test
    void a_schema_that_makes_no_sense_is_refused() throws Exception {
        Rabbit.Closed closed =
                Rabbit.closed(
                        rabbit.channel,
                        () ->
                                rabbit.channel.queueDeclare(
                                        "q",
                                        true,
                                        false,
                                        false,
                                        Map.of("x-polylog-schema", "{\"$ref\":\"file:///x\"}")));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text()).contains("schema, it refers to 'file:///x', which is not in it");
    }

    @Test
    void kafka_is_told_in_its_answer_of_queues_and_of_topics_under_a_policy() throws Exception {
        try (Kafka kafka = new Kafka(broker)) {
            policy("^checked-topic$");
            kafka.topic("checked-topic", 1);
            for (String topic : new String[] {"checked", "checked-topic"}) {
                kafka.sendTexts(topic, GOOD);
                assertThatThrownBy(() -> kafka.sendTexts(topic, BAD))
                        .hasCauseInstanceOf(InvalidRecordException.class)
                        .hasMessageContaining(WHY);
            }
            awaitOne();
            assertThat(kafka.readTexts("checked-topic")).containsExactly(GOOD);
            kafka.delete("checked-topic");
        }
    }

    @Test
    void mqtt_is_told_by_reason_code_and_string() {
        try (HiveMqClient mqtt = HiveMqClient.on(broker, "checking")) {
            mqtt.publish("checked", GOOD, MqttQos.AT_LEAST_ONCE);
            assertThatThrownBy(() -> mqtt.publish("checked", BAD, MqttQos.AT_LEAST_ONCE))
                    .isInstanceOfSatisfying(
                            Mqtt5PubAckException.class,
                            refused -> {
                                Mqtt5PubAck ack = refused.getMqttMessage();
                                assertThat(ack.getReasonCode())
                                        .isEqualTo(Mqtt5PubAckReasonCode.PAYLOAD_FORMAT_INVALID);
                                assertThat(ack.getReasonString().orElseThrow()).hasToString(WHY);
                            });
            awaitOne();
        }
    }

    @Test
    @SuppressWarnings("try") // closing may be interrupted, which ends the test
    void jetstream_is_told_in_its_answer() throws Exception {
        policy("^S$");
        try (Connection nats = Nats.connect("nats://" + broker.address("nats"))) {
            nats.jetStreamManagement()
                    .addStream(StreamConfiguration.builder().name("S").subjects("s.>").build());
            assertThat(nats.jetStream().publish("s.a", GOOD.getBytes(UTF_8)).getSeqno()).isOne();
            assertThatThrownBy(() -> nats.jetStream().publish("s.a", BAD.getBytes(UTF_8)))
                    .isInstanceOf(JetStreamApiException.class)
                    .hasMessageContaining(WHY);
        }
    }

    @Test
    void stomp_is_told_in_an_error() throws Exception {
        RawStomp stomp = RawStomp.on(broker);
        stomp.call("SEND", GOOD, "destination:/queue/checked");
        stomp.send("SEND", BAD, "destination:/queue/checked", "receipt:1");
        RawStomp.Frame error = stomp.frame();
        assertThat(error.command()).isEqualTo("ERROR");
        assertThat(new String(error.bytes(), UTF_8)).contains(WHY);
        awaitOne();
        stomp.close();
    }

    @Test
    void http_is_told_by_422() throws Exception {
        assertThat(post("/v1/queues/checked/messages", GOOD).statusCode()).isEqualTo(200);
        HttpResponse<String> refused = post("/v1/queues/checked/messages", BAD);
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
        assertThat(refused.body()).contains("\"code\":\"MALFORMED\"").contains(WHY);
        awaitOne();
    }
}
