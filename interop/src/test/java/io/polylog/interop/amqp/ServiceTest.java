package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
}
