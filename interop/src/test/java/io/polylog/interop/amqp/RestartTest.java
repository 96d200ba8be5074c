package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.ShutdownSignalException;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector.Got;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What of RabbitMQ's definitions and messages is there after a restart, and what is not.
class RestartTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Rabbit rabbit;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        rabbit = Rabbit.on(broker);
    }

    @AfterEach
    void stop() throws Exception {
        rabbit.close();
        broker.close();
    }

    private void restart() throws Exception {
        broker.restart();
        rabbit = Rabbit.on(broker);
    }

    @Test
    void durable_queues_keep_their_messages_properties_and_order() throws Exception {
        rabbit.queue("q");
        rabbit.store("q", Rabbit.texts("m", 100));
        try (Channel confirming = rabbit.connection.createChannel()) {
            confirming.confirmSelect();
            confirming.basicPublish("", "q", PublishTest.everything(), "last".getBytes(UTF_8));
            confirming.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        }
        restart();

        assertThat(rabbit.channel.queueDeclarePassive("q").getMessageCount()).isEqualTo(101);
        List<Got> got = Collector.of(rabbit.channel, "q").await(101);
        assertThat(got.subList(0, 100))
                .extracting(Got::text)
                .containsExactly(Rabbit.texts("m", 100));
        BasicProperties last = got.getLast().properties();
        assertThat(last.getHeaders()).isEqualTo(PublishTest.everything().getHeaders());
        assertThat(last).isEqualTo(PublishTest.everything());
    }

    @Test
    void what_was_acknowledged_does_not_come_back_and_the_rest_is_redelivered() throws Exception {
        rabbit.queue("q");
        rabbit.store("q", Rabbit.texts("m", 10));
        Channel consuming = rabbit.connection.createChannel();
        List<Got> got = Collector.of(consuming, "q").await(10);
        consuming.basicAck(got.get(1).tag(), true);
        consuming.basicAck(got.get(6).tag(), false);
        consuming.basicReject(got.get(8).tag(), false);
        consuming.close();
        restart();

        Collector again = Collector.of(rabbit.channel, "q");
        again.await(6);
        assertThat(again.texts()).containsExactly("m2", "m3", "m4", "m5", "m7", "m9");
        assertThat(again.all()).allMatch(Got::redelivered);
    }

    @Test
    void a_quorum_queue_counts_deliveries_on_through_a_restart() throws Exception {
        Channel channel = rabbit.channel;
        channel.queueDeclare("q", true, false, false, Map.of("x-queue-type", "quorum"));
        rabbit.store("q", "m");
        for (int attempt = 0; attempt < 3; attempt++) {
            GetResponse got = channel.basicGet("q", false);
            assertThat(count(got)).isEqualTo(attempt == 0 ? null : (Object) (long) attempt);
            channel.basicReject(got.getEnvelope().getDeliveryTag(), true);
        }
        restart();

        GetResponse got = rabbit.channel.basicGet("q", false);
        assertThat(count(got)).isEqualTo(3L);
        assertThat(got.getEnvelope().isRedeliver()).isTrue();
        assertThat(new String(got.getBody(), UTF_8)).isEqualTo("m");
    }

    private static Object count(GetResponse got) {
        Map<String, Object> headers = got.getProps().getHeaders();
        if (headers == null) {
            return null;
        }
        assertThat(headers.get("x-acquired-count")).isEqualTo(headers.get("x-delivery-count"));
        return headers.get("x-delivery-count");
    }

    @Test
    void durable_exchanges_and_bindings_stand_and_others_are_gone() throws Exception {
        Channel channel = rabbit.channel;
        channel.exchangeDeclare("source", "topic", true);
        channel.exchangeDeclare("middle", "headers", true);
        channel.exchangeDeclare("lost", "fanout", true);
        channel.exchangeDeclare(
                "main", "direct", true, false, Map.of("alternate-exchange", "lost"));
        channel.exchangeDeclare("passing", "direct", false);
        channel.queueDeclare("q", true, false, false, Map.of("x-max-length", 5));
        channel.queueDeclare("passing", false, false, false, null);
        channel.exchangeBind("middle", "source", "order.#");
        channel.queueBind("q", "middle", "", Map.of("x-match", "any", "a", 1));
        channel.queueBind("q", "lost", "");
        restart();

        BasicProperties headers = new BasicProperties.Builder().headers(Map.of("a", 1)).build();
        rabbit.channel.basicPublish("source", "order.1", headers, "by headers".getBytes(UTF_8));
        rabbit.channel.basicPublish("main", "nobody", null, "by alternate".getBytes(UTF_8));
        assertThat(rabbit.drain("q")).containsExactly("by headers", "by alternate");
        rabbit.channel.queueDeclare("q", true, false, false, Map.of("x-max-length", 5));
        assertThat(rabbit.closed(c -> c.exchangeDeclarePassive("passing")).code()).isEqualTo(404);
        assertThat(rabbit.closed(c -> c.queueDeclarePassive("passing")).code()).isEqualTo(404);
    }

    @Test
    void a_broker_that_stops_says_so() throws Exception {
        AtomicReference<ShutdownSignalException> said = new AtomicReference<>();
        rabbit.connection.addShutdownListener(said::set);
        broker.close();
        await().atMost(Rabbit.PATIENCE).until(() -> said.get() != null);
        assertThat(said.get().getReason())
                .isInstanceOfSatisfying(
                        AMQP.Connection.Close.class,
                        close -> assertThat(close.getReplyCode()).isEqualTo(320));
    }
}
