package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.io.IOException;
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

/// The headers CC and BCC with RabbitMQ's Java client.
class CopiesTest {
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
        for (String queue : List.of("a", "b", "c")) {
            channel.queueDelete(queue);
            rabbit.queue(queue);
        }
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    private void publish(String exchange, String key, Map<String, Object> headers)
            throws IOException {
        BasicProperties properties =
                new BasicProperties.Builder().headers(headers).messageId("id").build();
        channel.basicPublish(exchange, key, true, properties, "m".getBytes(UTF_8));
    }

    private Map<String, Object> headersIn(String queue) throws IOException {
        GetResponse got = channel.basicGet(queue, true);
        assertThat(got).as(queue).isNotNull();
        assertThat(got.getMessageCount()).as("more in " + queue).isZero();
        assertThat(got.getProps().getMessageId()).isEqualTo("id");
        assertThat(got.getBody()).asString().isEqualTo("m");
        return got.getProps().getHeaders();
    }

    @Test
    void copies_go_to_each_queue_once_and_blind_ones_are_not_told() throws Exception {
        publish("", "a", Map.of("n", 1, "CC", List.of("b", "a"), "BCC", List.of("c", "b", 7)));

        for (String queue : List.of("a", "b", "c")) {
            assertThat(headersIn(queue)).containsOnlyKeys("n", "CC");
        }
    }

    @Test
    void copies_of_a_request_with_a_direct_reply_are_not_told_either() throws Exception {
        channel.basicConsume("amq.rabbitmq.reply-to", true, (tag, message) -> {}, tag -> {});
        BasicProperties properties =
                new BasicProperties.Builder()
                        .headers(Map.of("BCC", List.of("b")))
                        .replyTo("amq.rabbitmq.reply-to")
                        .build();
        channel.basicPublish("", "a", properties, "m".getBytes(UTF_8));

        for (String queue : List.of("a", "b")) {
            BasicProperties got = channel.basicGet(queue, true).getProps();
            assertThat(got.getHeaders()).isEmpty();
            assertThat(got.getReplyTo()).startsWith("amq.");
        }
    }

    @Test
    void a_mandatory_message_comes_back_only_if_no_key_leads_anywhere() throws Exception {
        List<String> returned = new CopyOnWriteArrayList<>();
        channel.addReturnListener(message -> returned.add(message.getRoutingKey()));
        publish("amq.direct", "x", Map.of("CC", List.of("a")));
        publish("", "y", Map.of("BCC", List.of("a")));
        publish("", "z", Map.of("BCC", List.of("nobody")));

        await().atMost(Rabbit.PATIENCE).until(() -> returned.contains("z"));
        assertThat(returned).containsExactly("x", "z");
        assertThat(headersIn("a")).isEmpty();
    }

    @Test
    void what_is_no_list_is_refused_with_its_type() throws Exception {
        Closed number = rabbit.closed(own -> wrong(own, "CC", 0));
        assertThat(number.code()).isEqualTo(406);
        assertThat(number.text())
                .isEqualTo(
                        "PRECONDITION_FAILED - invalid message:"
                                + " {unacceptable_type_in_header,\"CC\",signedint}");
        Closed text = rabbit.closed(own -> wrong(own, "BCC", "b"));
        assertThat(text.text()).endsWith("{unacceptable_type_in_header,\"BCC\",longstr}");
        assertThat(channel.basicGet("a", true)).isNull();
    }

    private static void wrong(Channel channel, String header, Object value) throws IOException {
        BasicProperties properties =
                new BasicProperties.Builder().headers(Map.of(header, value)).build();
        channel.basicPublish("", "a", properties, new byte[0]);
    }
}
