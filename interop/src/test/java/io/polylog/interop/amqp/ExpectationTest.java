package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Publishes that are stored only where nobody else was quicker, with RabbitMQ's Java client
/// (docs/amqp091.md).
class ExpectationTest {
    private static final String LAST = "x-polylog-expected-last-offset";
    private static final String VERSION = "x-polylog-expected-version";

    @TempDir private Path folder;
    private RunningBroker broker;
    private Rabbit rabbit;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        rabbit = Rabbit.on(broker);
        rabbit.channel.queueDeclare(
                "accounts",
                true,
                false,
                false,
                Map.of("x-queue-type", "stream", "x-polylog-key-versions", "header:account"));
    }

    @AfterEach
    void stop() throws Exception {
        rabbit.close();
        broker.close();
    }

    private static BasicProperties with(Map<String, Object> headers) {
        return new BasicProperties.Builder().headers(headers).deliveryMode(2).build();
    }

    private static Map<String, Object> headers(String account, Map<String, Object> more) {
        Map<String, Object> headers = new HashMap<>(more);
        headers.put("account", account);
        return headers;
    }

    /// Whether the broker confirms it rather than refuses it.
    private boolean takes(String account, Map<String, Object> more) throws Exception {
        try (Channel channel = rabbit.connection.createChannel()) {
            channel.confirmSelect();
            BasicProperties properties = with(headers(account, more));
            channel.basicPublish("", "accounts", properties, account.getBytes(UTF_8));
            return channel.waitForConfirms(Rabbit.PATIENCE.toMillis());
        }
    }

    @Test
    void whoExpectsAnotherNewestMessageIsRefusedWithANack() throws Exception {
        assertThat(takes("a", Map.of(LAST, -1))).isTrue();
        assertThat(takes("b", Map.of(LAST, -1))).isFalse();
        assertThat(takes("b", Map.of(VERSION, -1L))).isTrue();
        assertThat(takes("a", Map.of(VERSION, 1))).isFalse();
        assertThat(takes("a", Map.of(VERSION, 0))).isTrue();
        assertThat(takes("a", Map.of(VERSION, 0))).isFalse();
        rabbit.close();
        broker.restart();
        rabbit = Rabbit.on(broker);
        assertThat(takes("b", Map.of(VERSION, 0))).isFalse();
        assertThat(takes("b", Map.of(VERSION, 1))).isTrue();
        assertThat(takes("c", Map.of(LAST, 3L))).isTrue();
        assertThat(rabbit.channel.queueDeclarePassive("accounts").getMessageCount()).isEqualTo(5);
    }

    @Test
    void whatMakesNoSenseIsRefused() throws Exception {
        rabbit.queue("plain");
        assertThat(refusal("plain", Map.of(LAST, "first"))).contains(LAST, "first");
        assertThat(refusal("plain", Map.of(LAST, -2))).contains(LAST, "-2");
        assertThat(refusal("plain", Map.of(LAST, 1, VERSION, 1))).contains(LAST, VERSION);
        assertThat(refusal("plain", Map.of(VERSION, 1)))
                .contains(VERSION, "x-polylog-key-versions");
        rabbit.channel.queueBind("plain", "amq.fanout", "");
        rabbit.channel.queueBind("accounts", "amq.fanout", "");
        Closed closed =
                rabbit.closed(channel ->
                        channel.basicPublish(
                                "amq.fanout", "", with(Map.of(LAST, -1)), new byte[1]));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text()).contains(LAST, "one queue only");
        Closed inTransaction =
                rabbit.closed(channel -> {
                    channel.txSelect();
                    channel.basicPublish("", "plain", with(Map.of(LAST, -1)), new byte[1]);
                    channel.txCommit();
                });
        assertThat(inTransaction.code()).isEqualTo(406);
        assertThat(inTransaction.text()).contains("transaction");
        assertThat(rabbit.channel.messageCount("plain")).isZero();
    }

    private String refusal(String queue, Map<String, Object> headers) throws Exception {
        Closed closed =
                rabbit.closed(
                        channel -> channel.basicPublish("", queue, with(headers), new byte[1]));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.connection()).isFalse();
        return closed.text();
    }
}
