package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.ChannelMistake;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What the broker answers to mistakes: RabbitMQ's codes, closing the channel or the connection.
class ErrorsTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    static Stream<Arguments> mistakes() {
        byte[] body = {};
        AMQP.BasicProperties stranger =
                new AMQP.BasicProperties.Builder().userId("stranger").build();
        AMQP.BasicProperties expiring =
                new AMQP.BasicProperties.Builder().expiration("soon").build();
        return Stream.of(
                channel(404, "NOT_FOUND - no queue 'none'", c -> c.basicConsume("none", null)),
                channel(404, "NOT_FOUND - no queue 'none'", c -> c.basicGet("none", true)),
                channel(404, "no exchange 'none'", c -> c.basicPublish("none", "k", null, body)),
                channel(404, "no exchange 'none'", c -> c.queueBind("q", "none", "k")),
                channel(404, "no exchange 'none'", c -> c.exchangeBind("none", "amq.topic", "k")),
                channel(404, "no queue 'none'", c -> c.queueBind("none", "amq.topic", "k")),
                channel(404, "no queue 'none'", c -> c.queuePurge("none")),
                channel(404, "no previously declared queue", c -> c.basicGet("", true)),
                channel(403, "reserved prefix", c -> declare(c, "amq.q", null)),
                channel(403, "reserved prefix", c -> c.exchangeDeclare("amq.e", "direct")),
                channel(403, "default exchange", c -> c.exchangeDelete("")),
                channel(403, "internal exchange", ErrorsTest::publishToInternal),
                channel(406, "unknown delivery tag 7", c -> c.basicAck(7, false)),
                channel(406, "unknown delivery tag 7", c -> c.basicNack(7, true, true)),
                channel(406, "unknown delivery tag", ErrorsTest::ackTwice),
                channel(406, "x-match", ErrorsTest::bindOddly),
                channel(406, "x-message-ttl", c -> declare(c, "x", Map.of("x-message-ttl", -1))),
                channel(
                        406,
                        "unknown queue type",
                        c -> declare(c, "x", Map.of("x-queue-type", "odd"))),
                channel(406, "user_id", c -> c.basicPublish("", "q", stranger, body)),
                channel(406, "invalid expiration", c -> c.basicPublish("", "q", expiring, body)),
                channel(406, "x-stream-offset", c -> consume(c, Map.of("x-stream-offset", "then"))),
                channel(406, "x-priority", c -> consume(c, Map.of("x-priority", "high"))),
                connection(530, "consumer tag 'twice'", ErrorsTest::consumeTwice),
                connection(540, "immediate", c -> c.basicPublish("", "q", false, true, null, body)),
                connection(540, "prefetch_size", c -> c.basicQos(1, 2, false)),
                connection(540, "requeue=false", c -> c.basicRecover(false)),
                channel(406, "channel is not transactional", Channel::txCommit),
                connection(503, "unknown exchange type", c -> c.exchangeDeclare("e", "odd")));
    }

    private static Arguments channel(int code, String text, ChannelMistake mistake) {
        return Arguments.of(code, text, false, mistake);
    }

    private static Arguments connection(int code, String text, ChannelMistake mistake) {
        return Arguments.of(code, text, true, mistake);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("mistakes")
    void a_mistake_ends_what_rabbitmq_ends(
            int code, String text, boolean connection, ChannelMistake mistake) throws Exception {
        try (Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.queue("q");
            Closed closed = rabbit.closed(mistake);

            assertThat(closed.code()).isEqualTo(code);
            assertThat(closed.text()).contains(text);
            assertThat(closed.connection()).isEqualTo(connection);
            assertThat(rabbit.connection.isOpen()).isEqualTo(!connection);
            if (!connection) {
                rabbit.store("q", "the other channels go on");
                assertThat(rabbit.drain("q")).hasSize(1);
            }
        }
    }

    private static void publishToInternal(Channel channel) throws IOException {
        channel.exchangeDeclare("inner", "fanout", false, false, true, null);
        channel.basicPublish("inner", "", null, new byte[0]);
    }

    private static void ackTwice(Channel channel) throws IOException {
        channel.basicPublish("", "q", null, new byte[0]);
        long tag = channel.basicGet("q", false).getEnvelope().getDeliveryTag();
        channel.basicAck(tag, false);
        channel.basicAck(tag, false);
    }

    private static void declare(Channel channel, String queue, Map<String, Object> arguments)
            throws IOException {
        channel.queueDeclare(queue, true, false, false, arguments);
    }

    private static void bindOddly(Channel channel) throws IOException {
        channel.queueBind("q", "amq.match", "", Map.of("x-match", "some"));
    }

    private static void consume(Channel channel, Map<String, Object> arguments) throws IOException {
        Collector.of(channel, "q", false, arguments);
    }

    private static void consumeTwice(Channel channel) throws IOException {
        for (int i = 0; i < 2; i++) {
            channel.basicConsume("q", false, "twice", (t, m) -> {}, t -> {});
        }
    }

    @Test
    void a_virtual_host_that_is_not_there_is_refused() {
        ConnectionFactory factory = Rabbit.factory(broker);
        factory.setVirtualHost("none");
        assertThatThrownBy(() -> Rabbit.on(factory))
                .isInstanceOf(IOException.class)
                .cause()
                .hasMessageContaining("530")
                .hasMessageContaining("vhost none not found");
    }

    @Test
    void channels_are_no_more_than_agreed() throws Exception {
        ConnectionFactory factory = Rabbit.factory(broker);
        factory.setRequestedChannelMax(3);
        try (Rabbit rabbit = Rabbit.on(factory)) {
            assertThat(rabbit.connection.getChannelMax()).isEqualTo(3);
            rabbit.connection.createChannel();
            rabbit.connection.createChannel();
            assertThat(rabbit.connection.createChannel()).isNull();
        }
    }
}
