package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Queues that are ordered by key, with RabbitMQ's Java client.
class KeyOrderTest {
    private static final String ARGUMENT = "x-polylog-ordering-key";

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

    private void storeWithHeader(String... texts) throws Exception {
        Channel confirming = rabbit.connection.createChannel();
        confirming.confirmSelect();
        for (String text : texts) {
            Map<String, Object> headers = Map.of("customer", text.substring(0, 1));
            BasicProperties with =
                    new BasicProperties.Builder().deliveryMode(2).headers(headers).build();
            Rabbit.publish(confirming, "q", with, text);
        }
        confirming.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        confirming.close();
    }

    @Test
    void what_is_unsettled_of_a_header_s_value_is_with_one_consumer() throws Exception {
        declare(Map.of(ARGUMENT, "header:customer"));
        channel.basicQos(1);
        Collector first = Collector.of(channel, "q");
        storeWithHeader("a1");
        first.await(1);
        Channel other = rabbit.connection.createChannel();
        Collector second = Collector.of(other, "q");
        storeWithHeader("a2", "b1", "a3", "b2");
        second.await(2);
        assertThat(second.texts()).containsExactly("b1", "b2");

        channel.basicCancel(first.getConsumerTag());
        channel.basicNack(first.at(0).tag(), false, true);
        second.await(5);
        assertThat(second.texts()).containsExactly("b1", "b2", "a1", "a2", "a3");
        assertThat(second.at(2).redelivered()).isTrue();
    }

    @Test
    void routing_keys_order_through_an_exchange_and_a_restart() throws Exception {
        declare(Map.of(ARGUMENT, "routing-key", "x-queue-type", "quorum"));
        channel.queueBind("q", "amq.topic", "#");
        channel.confirmSelect();
        for (String text : new String[] {"a1", "a2", "b1", "a3"}) {
            BasicProperties kept = new BasicProperties.Builder().deliveryMode(2).build();
            channel.basicPublish("amq.topic", text.substring(0, 1), kept, text.getBytes(UTF_8));
        }
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        rabbit.close();
        broker.restart();
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;

        channel.basicQos(1);
        Collector first = Collector.of(channel, "q");
        first.await(1);
        Collector second = Collector.of(rabbit.connection.createChannel(), "q");
        second.await(1);
        assertThat(first.texts()).containsExactly("a1");
        assertThat(second.texts()).containsExactly("b1");
        rabbit.awaitReady("q", 2);
    }

    @Test
    void what_makes_no_sense_is_refused() throws Exception {
        List<Map<String, Object>> refused =
                List.of(
                        Map.of(ARGUMENT, "header:"),
                        Map.of(ARGUMENT, 1),
                        Map.of(ARGUMENT, "key", "x-max-priority", 5));
        for (Map<String, Object> wrong : refused) {
            Closed closed = rabbit.closed(own -> own.queueDeclare("q", true, false, false, wrong));
            assertThat(closed.code()).isEqualTo(406);
            assertThat(closed.text()).contains(ARGUMENT);
        }
        await().atMost(Rabbit.PATIENCE).until(channel::isOpen);
    }
}
