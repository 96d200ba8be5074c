package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.rabbitmq.client.AMQP.BasicProperties;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.mqtt.HiveMqClient;
import io.polylog.interop.stomp.RawStomp;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Filters in CEL over what several protocols wrote.
class CelFilterTest {
    private static final String FILTER = "x-polylog-filter";

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Kafka kafka;
    private HiveMqClient mqtt;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        rabbit = Rabbit.on(broker);
        kafka = new Kafka(broker);
        mqtt = HiveMqClient.on(broker, "cel");
    }

    @AfterEach
    void disconnect() throws Exception {
        mqtt.close();
        kafka.close();
        rabbit.close();
    }

    private static String order(String name, int amount) {
        return "{\"name\":\"%s\",\"amount\":%d}".formatted(name, amount);
    }

    @Test
    void a_queue_takes_what_its_expression_says_of_each_protocols_messages() throws Exception {
        kafka.topic("orders.kafka", 1);
        String expression = "cel:json.amount > 100 && subject.startsWith('orders.')";
        rabbit.channel.queueDeclare("large", true, false, false, Map.of(FILTER, expression));
        rabbit.channel.queueBind("large", "amq.topic", "orders.#");
        for (int amount : new int[] {50, 150}) {
            kafka.sendTexts("orders.kafka", order("kafka", amount));
            mqtt.client
                    .publishWith()
                    .topic("orders/mqtt")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .payload(order("mqtt", amount).getBytes(UTF_8))
                    .send();
            rabbit.channel.basicPublish(
                    "amq.topic",
                    "orders.amqp",
                    new BasicProperties(),
                    order("amqp", amount).getBytes(UTF_8));
        }
        await().atMost(Rabbit.PATIENCE).until(() -> rabbit.channel.messageCount("large") == 3);
        Collector collector = Collector.of(rabbit.channel, "large");
        collector.await(3);
        assertThat(collector.texts())
                .containsExactlyInAnyOrder(
                        order("kafka", 150), order("mqtt", 150), order("amqp", 150));
        kafka.delete("orders.kafka");
    }

    @Test
    void an_expression_that_makes_no_sense_is_refused_with_the_place() throws Exception {
        Rabbit.Closed closed =
                Rabbit.closed(
                        rabbit.channel,
                        () ->
                                rabbit.channel.queueDeclare(
                                        "q", true, false, false, Map.of(FILTER, "cel:amount > 1")));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text())
                .contains("filter, line 1, column 5: undeclared reference to 'amount'");
    }

    @Test
    void what_an_expression_cannot_be_evaluated_for_is_a_dead_letter_that_tells_why()
            throws Exception {
        rabbit.channel.queueDeclare("dead", true, false, false, Map.of());
        rabbit.channel.queueDeclare(
                "strict",
                true,
                false,
                false,
                Map.of(
                        FILTER,
                        "cel(on-error=dead-letter):json.amount > 100",
                        "x-dead-letter-exchange",
                        "",
                        "x-dead-letter-routing-key",
                        "dead"));
        rabbit.channel.basicPublish("", "strict", new BasicProperties(), "none".getBytes(UTF_8));
        Collector collector = Collector.of(rabbit.channel, "dead");
        Collector.Got got = collector.await(1).getFirst();
        assertThat(got.text()).isEqualTo("none");
        assertThat(got.properties().getHeaders().get("x-polylog-last-error"))
                .hasToString("filter: the body is no JSON");
    }

    @Test
    void what_a_queue_masks_no_reader_sees_whoever_wrote_it() throws Exception {
        kafka.topic("cards.kafka", 1);
        String transform =
                """
                {"set": {"vip": "json.amount > 100"}, "remove": ["internal"],
                 "mask": ["/customer/card"]}\
                """;
        rabbit.channel.queueDeclare(
                "masked", true, false, false, Map.of("x-polylog-transform", transform));
        rabbit.channel.queueBind("masked", "amq.topic", "cards.#");
        String secret = "{\"amount\":150,\"customer\":{\"name\":\"Ann\",\"card\":\"4111\"}}";
        String shown = secret.replace("4111", "***");
        kafka.sendTexts("cards.kafka", secret);
        mqtt.client
                .publishWith()
                .topic("cards/mqtt")
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(secret.getBytes(UTF_8))
                .send();
        BasicProperties properties =
                new BasicProperties.Builder()
                        .messageId("m1")
                        .contentType("application/json")
                        .headers(Map.of("internal", "x", "region", "EU"))
                        .build();
        for (int i = 0; i < 3; i++) {
            rabbit.channel.basicPublish(
                    "amq.topic", "cards.amqp", properties, secret.getBytes(UTF_8));
        }
        await().atMost(Rabbit.PATIENCE).until(() -> rabbit.channel.messageCount("masked") == 5);
        assertThat(rabbit.channel.basicGet("masked", true).getBody())
                .isEqualTo(shown.getBytes(UTF_8));
        RawStomp stomp = RawStomp.on(broker);
        stomp.call("SUBSCRIBE", "", "id:1", "destination:/queue/masked");
        for (int i = 0; i < 4; i++) {
            RawStomp.Frame frame = stomp.message();
            assertThat(new String(frame.bytes(), UTF_8)).isEqualTo(shown);
            assertThat(frame.headers()).containsEntry("vip", "true").doesNotContainKey("internal");
        }
        stomp.close();
        rabbit.channel.basicPublish("amq.topic", "cards.amqp", properties, secret.getBytes(UTF_8));
        Collector.Got got = Collector.of(rabbit.channel, "masked").await(1).getFirst();
        assertThat(got.text()).isEqualTo(shown);
        assertThat(got.envelope().getRoutingKey()).isEqualTo("cards.amqp");
        assertThat(got.properties().getMessageId()).isEqualTo("m1");
        assertThat(got.properties().getContentType()).isEqualTo("application/json");
        assertThat(got.properties().getHeaders())
                .containsEntry("vip", true)
                .containsKey("region")
                .doesNotContainKey("internal");
        kafka.delete("cards.kafka");
    }

    @Test
    void a_transformation_that_makes_no_sense_is_refused_with_the_place() throws Exception {
        Rabbit.Closed closed =
                Rabbit.closed(
                        rabbit.channel,
                        () ->
                                rabbit.channel.queueDeclare(
                                        "q",
                                        true,
                                        false,
                                        false,
                                        Map.of("x-polylog-transform", "{\"key\":\"foo\"}")));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text())
                .contains("transform, key, line 1, column 1: undeclared reference to 'foo'");
    }
}
