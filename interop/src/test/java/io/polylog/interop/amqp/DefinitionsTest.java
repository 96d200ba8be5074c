package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AMQP.Queue.DeclareOk;
import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Queues, exchanges and bindings with RabbitMQ's Java client.
class DefinitionsTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;

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
        channel.queueDelete("q");
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    private void publish(String exchange, String key, BasicProperties properties)
            throws IOException {
        channel.basicPublish(exchange, key, properties, "m".getBytes(UTF_8));
    }

    private void publish(String exchange, String key) throws IOException {
        publish(exchange, key, null);
    }

    private String bound(String exchange, String key) throws IOException {
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind(queue, exchange, key);
        return queue;
    }

    // Queues -------------------------------------------------------------------------------------

    @Test
    void a_passive_declaration_gives_the_counts_of_what_is_there() throws Exception {
        rabbit.queue("q");
        rabbit.store("q", "a", "b");
        Collector.of(rabbit.connection.createChannel(), "q").await(2);
        rabbit.store("q", "c");
        channel.basicQos(1);

        DeclareOk there = channel.queueDeclarePassive("q");
        assertThat(there.getQueue()).isEqualTo("q");
        assertThat(there.getConsumerCount()).isEqualTo(1);
        channel.exchangeDeclarePassive("amq.fanout");
        assertThat(rabbit.closed(c -> c.queueDeclarePassive("none")).code()).isEqualTo(404);
        assertThat(rabbit.closed(c -> c.exchangeDeclarePassive("none")).code()).isEqualTo(404);
    }

    @Test
    void a_server_named_queue_has_a_new_name_each_time_and_is_the_last_declared() throws Exception {
        String one = channel.queueDeclare("", false, true, true, null).getQueue();
        String two = channel.queueDeclare("", false, true, true, null).getQueue();

        assertThat(one).startsWith("amq.gen-").isNotEqualTo(two);
        channel.queueBind("", "amq.direct", "key");
        publish("amq.direct", "key");
        assertThat(channel.basicGet(two, true)).isNotNull();
        assertThat(channel.basicGet(one, true)).isNull();
        assertThat(channel.basicGet("", true)).isNull();
    }

    @Test
    void an_exclusive_queue_is_its_connections_own_and_goes_with_it() throws Exception {
        channel.queueDeclare("own", false, true, false, null);
        try (Rabbit other = Rabbit.on(broker)) {
            assertThat(other.closed(c -> c.queueDeclarePassive("own")).code()).isEqualTo(405);
            assertThat(other.closed(c -> c.basicConsume("own", null)).code()).isEqualTo(405);
            assertThat(other.closed(c -> c.basicGet("own", true)).code()).isEqualTo(405);
            assertThat(other.closed(c -> c.queuePurge("own")).code()).isEqualTo(405);
            assertThat(other.closed(c -> c.queueDelete("own")).code()).isEqualTo(405);
            assertThat(other.closed(c -> c.queueBind("own", "amq.fanout", "")).code())
                    .isEqualTo(405);
            rabbit.close();
            // Its answer to close comes when what was only its own is gone.
            assertThat(other.closed(c -> c.queueDeclarePassive("own")).code()).isEqualTo(404);
        }
    }

    @Test
    void an_auto_delete_queue_goes_with_its_last_consumer() throws Exception {
        channel.queueDeclare("auto", false, false, true, null);
        String one = channel.basicConsume("auto", (t, m) -> {}, t -> {});
        String two = channel.basicConsume("auto", (t, m) -> {}, t -> {});
        channel.basicCancel(one);
        assertThat(channel.queueDeclarePassive("auto").getConsumerCount()).isEqualTo(1);
        channel.basicCancel(two);

        try (Channel watching = rabbit.connection.createChannel()) {
            await().atMost(Rabbit.PATIENCE)
                    .until(() -> rabbit.closed(c -> c.queueDeclarePassive("auto")).code() == 404);
            assertThat(watching.isOpen()).isTrue();
        }
    }

    @Test
    void deletion_heeds_if_unused_and_if_empty() throws Exception {
        rabbit.queue("q");
        rabbit.store("q", "m");
        assertThat(rabbit.closed(c -> c.queueDelete("q", false, true)).code()).isEqualTo(406);
        channel.basicConsume("q", (t, m) -> {}, t -> {});
        assertThat(rabbit.closed(c -> c.queueDelete("q", true, false)).code()).isEqualTo(406);
        assertThat(channel.queueDelete("never-there").getMessageCount()).isZero();
    }

    @Test
    void purging_leaves_what_is_unacknowledged() throws Exception {
        rabbit.queue("q");
        rabbit.store("q", "a", "b", "c");
        long tag = channel.basicGet("q", false).getEnvelope().getDeliveryTag();

        assertThat(channel.queuePurge("q").getMessageCount()).isEqualTo(2);
        channel.basicNack(tag, false, true);
        assertThat(rabbit.drain("q")).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void queue_types_are_accepted_and_compared(String type) throws Exception {
        Map<String, Object> typed = Map.of("x-queue-type", type);
        channel.queueDeclare(type, true, false, false, typed);
        channel.queueDeclare(type, true, false, false, typed);
        rabbit.store(type, "m");
        assertThat(rabbit.drain(type)).containsExactly("m");

        Map<String, Object> other =
                Map.of("x-queue-type", type.equals("quorum") ? "classic" : "quorum");
        Rabbit.Closed closed = rabbit.closed(c -> c.queueDeclare(type, true, false, false, other));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text()).contains("x-queue-type");
    }

    @Test
    void a_declaration_must_be_like_the_one_that_was() throws Exception {
        Map<String, Object> limit = Map.of("x-max-length", 10);
        channel.queueDeclare("q", true, false, false, limit);
        channel.queueDeclare("q", true, false, false, Map.of("x-max-length", 10L));

        assertRefused("durable", c -> c.queueDeclare("q", false, false, false, limit));
        assertRefused("auto_delete", c -> c.queueDeclare("q", true, false, true, limit));
        assertRefused("x-max-length", c -> c.queueDeclare("q", true, false, false, null));
        assertRefused(
                "x-max-length",
                c -> c.queueDeclare("q", true, false, false, Map.of("x-max-length", 11)));
        channel.exchangeDeclare("e", "direct", true);
        assertRefused("type", c -> c.exchangeDeclare("e", "fanout", true));
        assertRefused("durable", c -> c.exchangeDeclare("e", "direct", false));
        assertRefused("auto_delete", c -> c.exchangeDeclare("e", "direct", true, true, null));
        assertRefused(
                "alternate-exchange",
                c ->
                        c.exchangeDeclare(
                                "e",
                                "direct",
                                true,
                                false,
                                Map.of("alternate-exchange", "amq.fanout")));
    }

    private void assertRefused(String argument, Rabbit.ChannelMistake declaration)
            throws IOException {
        Rabbit.Closed closed = rabbit.closed(declaration);
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text()).contains("inequivalent arg '" + argument + "'");
    }

    // Exchanges ----------------------------------------------------------------------------------

    @Test
    void a_direct_exchange_takes_the_key_as_it_is() throws Exception {
        channel.exchangeDeclare("direct", "direct");
        String red = bound("direct", "red");
        String blue = bound("direct", "blue");
        channel.queueBind(blue, "direct", "red");
        publish("direct", "red");
        publish("direct", "blue");
        publish("direct", "green");

        assertThat(rabbit.drain(red)).hasSize(1);
        assertThat(rabbit.drain(blue)).hasSize(2);
        channel.queueUnbind(blue, "direct", "red");
        publish("direct", "red");
        assertThat(rabbit.drain(blue)).isEmpty();
    }

    @Test
    void a_fanout_exchange_gives_each_queue_one() throws Exception {
        channel.exchangeDeclare("fanout", "fanout");
        String one = bound("fanout", "a");
        channel.queueBind(one, "fanout", "b");
        String two = bound("fanout", "");
        publish("fanout", "whatever");

        assertThat(rabbit.drain(one)).hasSize(1);
        assertThat(rabbit.drain(two)).hasSize(1);
    }

    @Test
    void a_topic_exchange_matches_words() throws Exception {
        channel.exchangeDeclare("topic", "topic");
        String oneWord = bound("topic", "order.*.eu");
        String anyWords = bound("topic", "order.#");
        String all = bound("topic", "#");
        for (String key : List.of("order", "order.x.eu", "order.x.y.eu", "other", "")) {
            publish("topic", key);
        }

        assertThat(rabbit.drain(oneWord)).hasSize(1);
        assertThat(rabbit.drain(anyWords)).hasSize(3);
        assertThat(rabbit.drain(all)).hasSize(5);
    }

    @Test
    void a_headers_exchange_matches_all_or_any() throws Exception {
        channel.exchangeDeclare("headers", "headers");
        String both = channel.queueDeclare().getQueue();
        channel.queueBind(both, "headers", "", Map.of("x-match", "all", "a", 1, "b", "two"));
        String either = channel.queueDeclare().getQueue();
        channel.queueBind(either, "headers", "", Map.of("x-match", "any", "a", 1, "b", "two"));
        publish("headers", "", headers(Map.of("a", 1, "b", "two", "c", true)));
        publish("headers", "", headers(Map.of("a", 1)));
        publish("headers", "", headers(Map.of("a", 2)));
        publish("headers", "");

        assertThat(rabbit.drain(both)).hasSize(1);
        assertThat(rabbit.drain(either)).hasSize(2);
    }

    private static BasicProperties headers(Map<String, Object> headers) {
        return new BasicProperties.Builder().headers(headers).build();
    }

    @Test
    void bindings_between_exchanges_route_on_and_give_each_queue_one() throws Exception {
        channel.exchangeDeclare("source", "topic");
        channel.exchangeDeclare("middle", "fanout");
        channel.exchangeBind("middle", "source", "order.#");
        channel.exchangeBind("source", "middle", ""); // a ring
        String behind = bound("middle", "");
        channel.queueBind(behind, "source", "order.x");
        publish("source", "order.x");
        publish("source", "else");

        assertThat(rabbit.drain(behind)).hasSize(1);
        channel.exchangeUnbind("middle", "source", "order.#");
        publish("source", "order.y");
        assertThat(rabbit.drain(behind)).isEmpty();
    }

    @Test
    void an_alternate_exchange_gets_what_has_no_other_way() throws Exception {
        channel.exchangeDeclare("lost", "fanout");
        channel.exchangeDeclare(
                "main", "direct", true, false, Map.of("alternate-exchange", "lost"));
        String found = bound("main", "known");
        String lost = bound("lost", "");
        publish("main", "known");
        publish("main", "unknown");

        assertThat(rabbit.drain(found)).hasSize(1);
        assertThat(rabbit.drain(lost)).hasSize(1);
    }

    @Test
    void an_auto_delete_exchange_goes_with_its_last_binding() throws Exception {
        channel.exchangeDeclare("auto", "direct", false, true, null);
        String queue = bound("auto", "k");
        assertThat(rabbit.closed(c -> c.exchangeDelete("auto", true)).code()).isEqualTo(406);
        channel.queueUnbind(queue, "auto", "k");

        assertThat(rabbit.closed(c -> c.exchangeDeclarePassive("auto")).code()).isEqualTo(404);
    }

    @Test
    void the_default_exchange_and_the_built_in_ones_stand() throws Exception {
        rabbit.queue("q");
        publish("", "q");
        assertThat(rabbit.drain("q")).hasSize(1);
        assertThat(rabbit.closed(c -> c.queueBind("q", "", "q")).code()).isEqualTo(403);
        assertThat(rabbit.closed(c -> c.exchangeDelete("amq.topic")).code()).isEqualTo(403);
        for (String type : List.of("direct", "fanout", "topic", "headers")) {
            channel.exchangeDeclare("amq." + type, type, true);
        }
        channel.exchangeDelete("never-there");
    }
}
