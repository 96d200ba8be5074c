package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Queues that store a message once, known by its `message-id`, with RabbitMQ's Java client
/// (docs/amqp091.md).
class DeduplicationTest {
    private static final Map<String, Object> WINDOW =
            Map.of("x-polylog-dedup-window", 600_000, "x-polylog-dedup-count", 1_000);

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

    private void confirmed(String exchange, String key, String id, String text) throws Exception {
        try (Channel channel = rabbit.connection.createChannel()) {
            channel.confirmSelect();
            BasicProperties properties =
                    new BasicProperties.Builder().messageId(id).deliveryMode(2).build();
            channel.basicPublish(exchange, key, properties, text.getBytes(UTF_8));
            channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        }
    }

    @Test
    void whatIsSentAgainIsConfirmedAndStoredOnceAlsoAfterARestart() throws Exception {
        rabbit.channel.queueDeclare("once", true, false, false, WINDOW);
        rabbit.queue("twice");
        rabbit.channel.queueBind("once", "amq.fanout", "");
        rabbit.channel.queueBind("twice", "amq.fanout", "");
        confirmed("amq.fanout", "", "order-1", "a");
        confirmed("", "once", "order-1", "b");
        confirmed("amq.fanout", "", "order-2", "c");

        rabbit.close();
        broker.restart();
        rabbit = Rabbit.on(broker);
        rabbit.channel.queueDeclare("once", true, false, false, WINDOW);
        confirmed("amq.fanout", "", "order-2", "d");
        confirmed("amq.fanout", "", "order-3", "e");
        assertThat(rabbit.drain("once")).containsExactly("a", "c", "e");
        assertThat(rabbit.drain("twice")).containsExactly("a", "c", "d", "e");
    }

    @Test
    void aStreamStoresOnceToo() throws Exception {
        rabbit.channel.queueDeclare(
                "stream",
                true,
                false,
                false,
                Map.of("x-queue-type", "stream", "x-polylog-dedup-window", 600_000));
        for (String text : List.of("a", "b")) {
            confirmed("", "stream", "same", text);
        }
        assertThat(rabbit.channel.queueDeclarePassive("stream").getMessageCount()).isEqualTo(1);
    }

    @Test
    void windowsThatMakeNoSenseAreRefused() throws Exception {
        assertThat(refusal(Map.of("x-polylog-dedup-count", 10)))
                .contains("x-polylog-dedup-count", "x-polylog-dedup-window");
        assertThat(refusal(Map.of("x-polylog-dedup-window", 0)))
                .contains("x-polylog-dedup-window", "0");
        assertThat(refusal(Map.of("x-polylog-dedup-window", "long")))
                .contains("x-polylog-dedup-window", "long");
        assertThat(refusal(Map.of("x-polylog-dedup-window", 604_800_001)))
                .contains("x-polylog-dedup-window", "604800000");
        assertThat(
                        refusal(
                                Map.of(
                                        "x-polylog-dedup-window",
                                        1_000,
                                        "x-polylog-dedup-count",
                                        1_000_001)))
                .contains("x-polylog-dedup-count", "1000000");
        assertThat(refusal(Map.of("x-queue-type", "stream", "x-polylog-dedup-count", 10)))
                .contains("x-polylog-dedup-count", "x-polylog-dedup-window");
    }

    private String refusal(Map<String, Object> arguments) throws Exception {
        Closed closed =
                rabbit.closed(
                        channel -> channel.queueDeclare("bad", true, false, false, arguments));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.connection()).isFalse();
        return closed.text();
    }
}
