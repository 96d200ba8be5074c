package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bindings that ask about messages, or make something of them, with RabbitMQ's Java client.
class BindingFilterTest {
    private static final String FILTER = "x-polylog-filter";
    private static final String TRANSFORM = "x-polylog-transform";
    private static final String SIZE =
            "{\"set\":{\"size\":\"json.amount > 100 ? 'large' : 'small'\"}}";

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;
    private final List<String> returned = new CopyOnWriteArrayList<>();

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
        channel = rabbit.channel;
        channel.exchangeDeclare("orders", "topic", true);
        channel.addReturnListener(back -> returned.add(new String(back.getBody(), UTF_8)));
        channel.confirmSelect();
    }

    @AfterEach
    void disconnect() throws Exception {
        Channel cleaning = rabbit.connection.createChannel();
        for (String exchange : List.of("orders", "by-size")) {
            cleaning.exchangeDelete(exchange);
        }
        for (String queue : List.of("large", "support", "billing", "dead")) {
            cleaning.queueDelete(queue);
        }
        rabbit.close();
    }

    private void bound(String queue, String key, Map<String, Object> arguments) throws Exception {
        rabbit.queue(queue);
        channel.queueBind(queue, "orders", key, arguments);
    }

    private void publish(String key, String body) throws Exception {
        BasicProperties properties =
                new BasicProperties.Builder()
                        .deliveryMode(2)
                        .correlationId("c-1")
                        .headers(Map.of("region", "EU", "note", "x"))
                        .build();
        channel.basicPublish("orders", key, true, properties, body.getBytes(UTF_8));
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
    }

    @Test
    void a_topic_exchange_leads_each_queue_what_its_binding_wants() throws Exception {
        bound("large", "eu.*", Map.of(FILTER, "cel:has(json.amount) && json.amount > 100"));
        bound("support", "#", Map.of(FILTER, "region = 'EU'", TRANSFORM, "{\"mask\":[\"/card\"]}"));
        publish("eu.new", "{\"amount\":150,\"card\":\"4111\"}");
        publish("us.new", "{\"amount\":250,\"card\":\"4222\"}");
        publish("eu.new", "card 4333"); // of what is no JSON nothing can be masked
        assertThat(rabbit.drain("large")).containsExactly("{\"amount\":150,\"card\":\"4111\"}");
        GetResponse masked = channel.basicGet("support", true);
        assertThat(masked.getBody()).asString().isEqualTo("{\"amount\":150,\"card\":\"***\"}");
        assertThat(masked.getEnvelope().getRoutingKey()).isEqualTo("eu.new");
        assertThat(masked.getProps().getCorrelationId()).isEqualTo("c-1");
        assertThat(masked.getProps().getHeaders().get("region")).hasToString("EU");
        assertThat(rabbit.drain("support")).containsExactly("{\"amount\":250,\"card\":\"***\"}");
        assertThat(returned).containsExactly("card 4333");
    }

    @Test
    void what_a_binding_between_exchanges_made_decides_behind_it() throws Exception {
        channel.exchangeDeclare("by-size", "headers", true);
        channel.exchangeBind("by-size", "orders", "#", Map.of(TRANSFORM, SIZE));
        rabbit.queue("large");
        channel.queueBind(
                "large",
                "by-size",
                "",
                Map.of(
                        "x-match",
                        "all-with-x",
                        "size",
                        "large",
                        FILTER,
                        "region = 'EU'",
                        TRANSFORM,
                        "{\"remove\":[\"note\"]}"));
        bound("billing", "#", Map.of());
        publish("a", "{\"amount\":150}");
        publish("b", "{\"amount\":50}");
        GetResponse large = channel.basicGet("large", true);
        assertThat(large.getBody()).asString().isEqualTo("{\"amount\":150}");
        assertThat(large.getProps().getHeaders().keySet()).contains("region", "size");
        assertThat(large.getProps().getHeaders()).doesNotContainKey("note");
        assertThat(channel.basicGet("large", true)).isNull();
        GetResponse plain = channel.basicGet("billing", true);
        assertThat(plain.getProps().getHeaders().keySet())
                .containsExactlyInAnyOrder("region", "note");
        assertThat(rabbit.drain("billing")).containsExactly("{\"amount\":50}");
        channel.exchangeUnbind("by-size", "orders", "#", Map.of(TRANSFORM, SIZE));
        publish("c", "{\"amount\":151}");
        assertThat(channel.basicGet("large", true)).isNull();
    }

    @Test
    void what_a_binding_cannot_be_asked_about_is_a_dead_letter_with_its_reason() throws Exception {
        rabbit.queue("dead");
        channel.queueDeclare(
                "large",
                true,
                false,
                false,
                Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", "dead"));
        channel.queueBind(
                "large",
                "orders",
                "#",
                Map.of(FILTER, "cel(on-error=dead-letter):json.amount > 100"));
        publish("a", "no JSON");
        GetResponse letter = channel.basicGet("dead", true);
        assertThat(letter.getBody()).asString().isEqualTo("no JSON");
        Map<String, Object> headers = letter.getProps().getHeaders();
        assertThat(headers.get("x-first-death-queue")).hasToString("large");
        assertThat(headers.get("x-first-death-reason")).hasToString("rejected");
        assertThat(headers.get("x-first-death-exchange")).hasToString("orders");
        assertThat(channel.basicGet("large", true)).isNull();
        assertThat(returned).isEmpty();
    }

    @Test
    void a_binding_is_another_one_with_another_filter() throws Exception {
        Map<String, Object> eu = Map.of(FILTER, "region = 'EU'");
        bound("large", "#", eu);
        bound("large", "#", Map.of(FILTER, "region = 'US'"));
        channel.queueUnbind("large", "orders", "#", Map.of(FILTER, "region = 'US'"));
        publish("a", "1");
        channel.queueUnbind("large", "orders", "#");
        publish("a", "2");
        channel.queueUnbind("large", "orders", "#", eu);
        publish("a", "3");
        assertThat(rabbit.drain("large")).containsExactly("1", "2");
        assertThat(returned).containsExactly("3");
    }

    @Test
    void a_binding_that_makes_no_sense_is_refused_with_the_place() throws Exception {
        rabbit.queue("large");
        assertThat(refusal("orders", "#", Map.of(FILTER, "cel:amount > 100")))
                .contains("filter, line 1, column 5: undeclared reference to 'amount'");
        assertThat(refusal("orders", "#", Map.of(TRANSFORM, "{\"mask\":[\"card\"]}")))
                .contains("'mask' needs JSON pointers");
        assertThat(refusal("orders", "#", Map.of(FILTER, 7)))
                .contains("invalid arg 'x-polylog-filter' for binding: a text is needed");
        channel.exchangeDeclare("by-size", "x-consistent-hash", true);
        assertThat(refusal("by-size", "1", Map.of(FILTER, "a = 1")))
                .contains("chooses one of its bindings");
        publish("a", "1");
        assertThat(returned).containsExactly("1");
    }

    private String refusal(String exchange, String key, Map<String, Object> arguments)
            throws Exception {
        Closed closed = rabbit.closed(own -> own.queueBind("large", exchange, key, arguments));
        assertThat(closed.code()).isEqualTo(406);
        return closed.text();
    }
}
