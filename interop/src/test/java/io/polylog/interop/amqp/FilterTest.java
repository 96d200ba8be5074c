package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Queues, subscriptions and readers that want some messages only, with RabbitMQ's Java client.
class FilterTest {
    private static final String SQL = "x-polylog-filter";
    private static final String HEADERS = "x-polylog-filter-headers";
    private static final String SUBJECT = "x-polylog-filter-subject";

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

    private void declare(Map<String, Object> arguments) throws Exception {
        channel.queueDeclare("q", true, false, false, arguments);
    }

    private static BasicProperties order(String region, int amount, int priority) {
        return new BasicProperties.Builder()
                .deliveryMode(2)
                .priority(priority)
                .messageId(region + amount)
                .type("order")
                .headers(Map.of("region", region, "amount", amount, "order-type", "gift"))
                .build();
    }

    private void publish(String exchange, String key, BasicProperties properties, String text)
            throws Exception {
        Channel confirming = rabbit.connection.createChannel();
        confirming.confirmSelect();
        confirming.basicPublish(exchange, key, properties, text.getBytes(UTF_8));
        confirming.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        confirming.close();
    }

    private void awaitCount(long count) {
        await().atMost(Rabbit.PATIENCE).until(() -> channel.messageCount("q") == count);
    }

    @Test
    void a_queue_takes_what_its_condition_says() throws Exception {
        declare(
                Map.of(
                        SQL,
                        "region = 'EU' AND amount > 100 AND JMSPriority >= 5"
                                + " AND \"order-type\" LIKE 'g%' AND JMSType = 'order'"));
        publish("", "q", order("EU", 120, 5), "wanted");
        publish("", "q", order("US", 120, 5), "other region");
        publish("", "q", order("EU", 90, 5), "too little");
        publish("", "q", order("EU", 120, 1), "no haste");
        publish("", "q", new BasicProperties(), "nothing said");
        awaitCount(1);
        assertThat(new String(channel.basicGet("q", true).getBody(), UTF_8)).isEqualTo("wanted");
        Collector collector = Collector.of(channel, "q");
        publish("", "q", order("US", 500, 9), "no");
        publish("", "q", order("EU", 500, 9), "yes");
        collector.await(1);
        assertThat(collector.texts()).containsExactly("yes");
    }

    @Test
    void a_queue_takes_by_headers_and_by_routing_key() throws Exception {
        declare(
                Map.of(
                        HEADERS,
                        Map.of("x-match", "any", "region", "EU", "amount", 7),
                        SUBJECT,
                        "orders.*.new"));
        channel.queueBind("q", "amq.topic", "#");
        publish("amq.topic", "orders.eu.new", order("EU", 1, 0), "by region");
        publish("amq.topic", "orders.us.new", order("US", 7, 0), "by amount");
        publish("amq.topic", "orders.us.new", order("US", 8, 0), "by neither");
        publish("amq.topic", "orders.eu.old", order("EU", 7, 0), "another key");
        awaitCount(2);
        Collector collector = Collector.of(channel, "q");
        collector.await(2);
        assertThat(collector.texts()).containsExactly("by region", "by amount");
    }

    @Test
    void a_condition_that_makes_no_sense_is_refused_with_the_place() {
        Closed closed = Rabbit.closed(channel, () -> declare(Map.of(SQL, "region = = 'EU'")));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text()).contains("filter, line 1, column 10: found =; expected a name");
    }

    @Test
    void what_is_another_filter_or_none_is_refused() throws Exception {
        declare(Map.of(SQL, "region = 'EU'"));
        Closed other = Rabbit.closed(channel, () -> declare(Map.of(SQL, "region = 'US'")));
        assertThat(other.code()).isEqualTo(406);
        assertThat(other.text()).contains("inequivalent arg '" + SQL + "'");
        Channel second = rabbit.connection.createChannel();
        Closed number =
                Rabbit.closed(
                        second, () -> second.queueDeclare("p", true, false, false, Map.of(SQL, 5)));
        assertThat(number.code()).isEqualTo(406);
    }

    @Test
    void consumers_of_one_queue_take_what_each_of_them_wants() throws Exception {
        declare(Map.of());
        channel.basicQos(1);
        Collector eu = Collector.of(channel, "q", false, Map.of(SQL, "region = 'EU'"));
        Collector large =
                Collector.of(
                        channel, "q", false, Map.of(HEADERS, Map.of("region", "US", "amount", 7)));
        publish("", "q", order("US", 1, 0), "stays");
        publish("", "q", order("EU", 2, 0), "first");
        publish("", "q", order("US", 7, 0), "other");
        publish("", "q", order("EU", 3, 0), "second");
        eu.await(1);
        channel.basicNack(eu.at(0).tag(), false, true);
        eu.await(2);
        channel.basicAck(eu.at(1).tag(), false);
        eu.await(3);
        large.await(1);
        assertThat(eu.texts()).containsExactly("first", "first", "second");
        assertThat(large.texts()).containsExactly("other");
        assertThat(new String(channel.basicGet("q", true).getBody(), UTF_8)).isEqualTo("stays");
    }

    @Test
    void a_consumers_condition_that_makes_no_sense_or_cannot_be_is_refused() throws Exception {
        declare(Map.of("x-max-priority", 5));
        Closed levels =
                Rabbit.closed(
                        channel,
                        () -> Collector.of(channel, "q", false, Map.of(SQL, "region = 'EU'")));
        assertThat(levels.code()).isEqualTo(406);
        assertThat(levels.text()).contains("own filter does not go with a queue's levels");
        Channel second = rabbit.connection.createChannel();
        Closed nonsense =
                Rabbit.closed(
                        second,
                        () -> Collector.of(second, "q", false, Map.of(SQL, "region = = 'EU'")));
        assertThat(nonsense.code()).isEqualTo(406);
        assertThat(nonsense.text()).contains("filter, line 1, column 10: found =");
    }

    @Test
    void a_reader_of_a_stream_gets_what_it_wants() throws Exception {
        channel.queueDelete("s");
        channel.queueDeclare("s", true, false, false, Map.of("x-queue-type", "stream"));
        for (int i = 0; i < 200; i++) {
            publish("", "s", order(i % 10 == 0 ? "EU" : "US", i, 0), "m" + i);
        }
        channel.basicQos(5);
        Map<String, Object> wanted =
                Map.of("x-stream-offset", "first", SQL, "region = 'EU' AND amount < 100");
        Collector collector = Collector.of(channel, "s", false, wanted);
        collector.await(5);
        channel.basicAck(collector.at(4).tag(), true);
        collector.await(10);
        assertThat(collector.texts()).startsWith("m0", "m10", "m20").endsWith("m80", "m90");
    }

    @Test
    void a_subscription_of_a_stream_wants_what_it_was_made_with() throws Exception {
        channel.queueDelete("s");
        channel.queueDeclare("s", true, false, false, Map.of("x-queue-type", "stream"));
        channel.basicQos(10);
        Collector eu = Collector.of(channel, "s::eu", false, Map.of(SQL, "region = 'EU'"));
        for (int i = 0; i < 20; i++) {
            publish("", "s", order(i % 2 == 0 ? "EU" : "US", i, 0), "m" + i);
        }
        eu.await(10);
        assertThat(eu.texts()).allMatch(text -> Integer.parseInt(text.substring(1)) % 2 == 0);
        assertThat(channel.messageCount("s")).isEqualTo(20);
    }
}
