package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
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

/// Arguments of a queue that say how its consumers are served, with RabbitMQ's Java client.
class ServiceTest {
    private static final Map<String, Object> SINGLE = Map.of("x-single-active-consumer", true);

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

    @Test
    void the_next_consumer_is_served_when_the_channel_of_the_active_one_ends() throws Exception {
        declare(SINGLE);
        Channel first = rabbit.connection.createChannel();
        first.basicQos(3);
        Collector active = Collector.of(first, "q");
        Collector next = Collector.of(channel, "q");
        rabbit.store("q", Rabbit.texts("m", 10));
        active.await(3);
        assertThat(next.all()).isEmpty();

        first.close();
        next.await(10);
        assertThat(next.texts()).containsExactly(Rabbit.texts("m", 10));
        assertThat(next.at(2).redelivered()).isTrue();
        assertThat(next.at(3).redelivered()).isFalse();
    }

    @Test
    void a_consumer_of_higher_priority_takes_over_when_all_is_settled() throws Exception {
        declare(SINGLE);
        channel.basicQos(1);
        Collector low = Collector.of(channel, "q");
        rabbit.store("q", "a", "b");
        low.await(1);
        Channel other = rabbit.connection.createChannel();
        Collector high = Collector.of(other, "q", false, Map.of("x-priority", 1));
        channel.basicAck(low.at(0).tag(), false);
        high.await(1);

        assertThat(high.texts()).containsExactly("b");
        assertThat(low.texts()).containsExactly("a");
    }

    @Test
    void an_exclusive_consumer_and_a_get_of_a_quorum_queue_are_refused() throws Exception {
        declare(Map.of("x-single-active-consumer", true, "x-queue-type", "quorum"));
        Closed exclusive =
                rabbit.closed(own ->
                        own.basicConsume(
                                "q", false, "", false, true, null, new DefaultConsumer(own)));
        Closed got = rabbit.closed(own -> own.basicGet("q", true));

        assertThat(exclusive.code()).isEqualTo(403);
        assertThat(exclusive.text()).contains("queue 'q' in vhost '/' in exclusive use");
        assertThat(got.code()).isEqualTo(405);
        assertThat(got.text()).contains("queue 'q' in vhost '/'");
        await().atMost(Rabbit.PATIENCE).until(() -> channel.consumerCount("q") == 0);
    }

    private void storeAt(Integer... priorities) throws Exception {
        Channel confirming = rabbit.connection.createChannel();
        confirming.confirmSelect();
        for (int i = 0; i < priorities.length; i++) {
            BasicProperties with =
                    new BasicProperties.Builder().deliveryMode(2).priority(priorities[i]).build();
            Rabbit.publish(confirming, "q", with, "m" + i);
        }
        confirming.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        confirming.close();
    }

    @Test
    void what_has_a_higher_priority_is_delivered_first() throws Exception {
        declare(Map.of("x-max-priority", 9));
        storeAt(1, null, 9, 250, 0, 9);

        channel.basicQos(1);
        Collector got = Collector.of(channel, "q");
        for (int i = 0; i < 6; i++) {
            got.await(i + 1);
            channel.basicAck(got.at(i).tag(), false);
        }
        assertThat(got.texts()).containsExactly("m2", "m3", "m5", "m0", "m1", "m4");
        assertThat(got.at(1).properties().getPriority()).isEqualTo(250);
    }

    @Test
    void a_quorum_queue_has_priorities_without_being_asked() throws Exception {
        declare(Map.of("x-queue-type", "quorum"));
        storeAt(3, null, 4, 31, 200);

        assertThat(rabbit.drain("q")).containsExactly("m3", "m4", "m1", "m2", "m0");
    }

    @Test
    void priorities_outlive_the_broker() throws Exception {
        declare(Map.of("x-max-priority", 2));
        storeAt(0, 2, 1);
        rabbit.close();
        broker.restart();
        rabbit = Rabbit.on(broker);

        assertThat(rabbit.drain("q")).containsExactly("m1", "m2", "m0");
    }

    @Test
    void a_channel_whose_consumer_keeps_a_delivery_too_long_is_closed() throws Exception {
        declare(Map.of("x-consumer-timeout", 300));
        rabbit.store("q", "a");
        Channel slow = rabbit.connection.createChannel();
        Closed closed = Rabbit.closed(slow, () -> Collector.of(slow, "q").await(1));

        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text())
                .contains(
                        "delivery acknowledgement on channel "
                                + slow.getChannelNumber()
                                + " timed out. Timeout value used: 300 ms");
        Collector next = Collector.of(channel, "q");
        next.await(1);
        assertThat(next.at(0).redelivered()).isTrue();
        channel.basicAck(next.at(0).tag(), false);
    }

    @Test
    void a_consumer_of_a_quorum_queue_is_cancelled_and_its_late_acknowledgement_means_nothing()
            throws Exception {
        declare(Map.of("x-consumer-timeout", 300, "x-queue-type", "quorum"));
        rabbit.store("q", "a");
        Collector slow = Collector.of(channel, "q");
        slow.await(1);
        await().atMost(Rabbit.PATIENCE).until(slow::isCancelled);
        rabbit.awaitReady("q", 1);
        channel.basicAck(slow.at(0).tag(), false);

        assertThat(rabbit.drain("q")).containsExactly("a");
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void a_consumer_may_say_by_itself_how_long_it_keeps_a_delivery() throws Exception {
        declare(Map.of("x-consumer-timeout", 86_400_000));
        rabbit.store("q", "a");
        Channel slow = rabbit.connection.createChannel();
        Closed closed =
                Rabbit.closed(
                        slow,
                        () ->
                                slow.basicConsume(
                                        "q",
                                        false,
                                        Map.of("x-consumer-timeout", 300),
                                        (tag, delivery) -> {},
                                        tag -> {}));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text()).contains("Timeout value used: 300 ms");
        rabbit.awaitReady("q", 1);

        Closed refused =
                rabbit.closed(bad ->
                        bad.basicConsume(
                                "q",
                                false,
                                Map.of("x-consumer-timeout", "long"),
                                (tag, delivery) -> {},
                                tag -> {}));
        assertThat(refused.code()).isEqualTo(406);
        assertThat(refused.text()).contains("x-consumer-timeout");
    }
}
