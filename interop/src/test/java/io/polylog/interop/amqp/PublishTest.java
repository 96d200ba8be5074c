package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.LongString;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.impl.LongStringHelper;
import io.polylog.interop.RunningBroker;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Publishing, confirms and returns with RabbitMQ's Java client.
class PublishTest {
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
        rabbit.queue("q");
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    /// Notes in one list what the broker says, in its order.
    private List<String> listen() throws Exception {
        List<String> said = new CopyOnWriteArrayList<>();
        channel.confirmSelect();
        channel.addConfirmListener(
                (tag, multiple) -> said.add("ack " + tag + (multiple ? " multiple" : "")),
                (tag, multiple) -> said.add("nack " + tag));
        channel.addReturnListener(returned ->
                said.add("return " + returned.getReplyCode() + " " + returned.getRoutingKey()));
        return said;
    }

    @Test
    void each_publish_is_confirmed_by_its_number() throws Exception {
        List<String> said = listen();
        for (int i = 1; i <= 3; i++) {
            assertThat(channel.getNextPublishSeqNo()).isEqualTo(i);
            Rabbit.publish(channel, "q", "m" + i);
            channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        }
        assertThat(said).containsExactly("ack 1", "ack 2", "ack 3");
        assertThat(rabbit.drain("q")).containsExactly("m1", "m2", "m3");
    }

    @Test
    void publishes_that_become_durable_together_are_confirmed_together() throws Exception {
        int count = 5_000;
        var confirmed = new ConcurrentSkipListSet<Long>();
        List<Long> frames = new CopyOnWriteArrayList<>();
        channel.confirmSelect();
        channel.addConfirmListener(
                new ConfirmListener() {
                    private long last;

                    @Override
                    public void handleAck(long tag, boolean multiple) {
                        frames.add(tag);
                        for (long each = multiple ? last + 1 : tag; each <= tag; each++) {
                            confirmed.add(each);
                        }
                        last = tag;
                    }

                    @Override
                    public void handleNack(long tag, boolean multiple) {
                        throw new AssertionError("nack of " + tag);
                    }
                });
        for (int i = 0; i < count; i++) {
            Rabbit.publish(channel, "q", "m");
        }
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        assertThat(confirmed).hasSize(count);
        assertThat(frames).isSorted().hasSizeLessThan(count / 4);
        rabbit.awaitReady("q", count);
    }

    @Test
    void a_mandatory_message_without_a_queue_comes_back_before_its_confirm() throws Exception {
        List<String> said = listen();
        channel.basicPublish("", "none", true, MessageProperties.BASIC, "lost".getBytes(UTF_8));
        channel.basicPublish("", "q", true, MessageProperties.BASIC, "kept".getBytes(UTF_8));
        channel.basicPublish("amq.direct", "none", true, null, "lost".getBytes(UTF_8));
        channel.basicPublish("amq.direct", "none", false, null, "dropped".getBytes(UTF_8));
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        assertThat(said)
                .filteredOn(what -> what.startsWith("return"))
                .containsExactly("return 312 none", "return 312 none");
        int lastReturn = said.lastIndexOf("return 312 none");
        assertThat(said.subList(0, said.indexOf("return 312 none"))).isEmpty();
        assertThat(said.subList(lastReturn, said.size()).getLast()).startsWith("ack 4");
        assertThat(rabbit.drain("q")).containsExactly("kept");
    }

    @Test
    void a_returned_message_is_whole() throws Exception {
        byte[] body = random(300_000);
        List<byte[]> returned = new CopyOnWriteArrayList<>();
        List<BasicProperties> properties = new CopyOnWriteArrayList<>();
        channel.addReturnListener(message -> {
            returned.add(message.getBody());
            properties.add(message.getProperties());
        });
        channel.basicPublish("amq.fanout", "k", true, everything(), body);

        await().atMost(Rabbit.PATIENCE).until(() -> returned.size() == 1);
        assertThat(returned.getFirst()).isEqualTo(body);
        assertThat(properties.getFirst()).isEqualTo(everything());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4096 - 8, 4097, 131_072 - 8, 131_073, 1 << 20, 16 << 20})
    void bodies_come_back_byte_for_byte(int size) throws Exception {
        byte[] body = random(size);
        channel.confirmSelect();
        channel.basicPublish("", "q", MessageProperties.PERSISTENT_BASIC, body);
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        assertThat(channel.basicGet("q", true).getBody()).isEqualTo(body);
    }

    @Test
    void a_body_above_the_limit_is_refused_and_the_connection_goes_on() throws Exception {
        Rabbit.Closed closed =
                Rabbit.closed(
                        channel,
                        () -> channel.basicPublish("", "q", null, new byte[(16 << 20) + 1]));
        assertThat(closed.code()).isEqualTo(406);
        assertThat(closed.text())
                .contains("message size 16777217 is larger than configured max size 16777216");
        assertThat(closed.connection()).isFalse();
        rabbit.store("q", "the next");
        try (Channel other = rabbit.connection.createChannel()) {
            assertThat(other.basicGet("q", true).getBody()).isEqualTo("the next".getBytes(UTF_8));
        }
    }

    @Test
    void the_largest_body_leaves_room_for_the_largest_properties() throws Exception {
        byte[] body = random(16 << 20);
        Map<String, Object> headers = Map.of("large", "x".repeat(130_000));
        channel.confirmSelect();
        channel.basicPublish("", "q", new BasicProperties.Builder().headers(headers).build(), body);
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        GetResponse got = channel.basicGet("q", true);
        assertThat(got.getBody()).isEqualTo(body);
        assertThat(got.getProps().getHeaders().get("large").toString()).hasSize(130_000);
    }

    @Test
    void frames_of_4096_carry_any_message() throws Exception {
        ConnectionFactory factory = Rabbit.factory(broker);
        factory.setRequestedFrameMax(4096);
        byte[] body = random(100_000);
        try (Rabbit small = Rabbit.on(factory)) {
            assertThat(small.connection.getFrameMax()).isEqualTo(4096);
            small.channel.confirmSelect();
            small.channel.basicPublish("", "q", everything(), body);
            small.channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
            assertThat(Collector.of(small.channel, "q").await(1).getFirst().body()).isEqualTo(body);
        }
    }

    @Test
    void properties_and_headers_of_every_type_come_back_as_they_were() throws Exception {
        channel.basicPublish("", "q", everything(), new byte[] {1});
        GetResponse got = channel.basicGet("q", true);

        assertThat(got.getProps()).isEqualTo(everything());
        assertThat(got.getProps().getHeaders()).isEqualTo(everything().getHeaders());
        assertThat(got.getEnvelope().getRoutingKey()).isEqualTo("q");
        assertThat(got.getEnvelope().getExchange()).isEmpty();
    }

    static BasicProperties everything() {
        Map<String, Object> headers = new LinkedHashMap<>();
        headers.put("boolean", true);
        headers.put("byte", (byte) -7);
        headers.put("short", (short) 300);
        headers.put("int", 70_000);
        headers.put("long", 5_000_000_000L);
        headers.put("float", 1.5f);
        headers.put("double", 2.5d);
        headers.put("decimal", new BigDecimal("12.34"));
        headers.put("text", text("grüße"));
        headers.put("time", Date.from(Instant.ofEpochMilli(1_700_000_000_000L)));
        headers.put("nothing", null);
        headers.put("list", List.of(1, text("two"), List.of()));
        headers.put("table", Map.of("nested", Map.of("deep", text("value"))));
        return new BasicProperties.Builder()
                .contentType("application/json")
                .contentEncoding("gzip")
                .headers(headers)
                .deliveryMode(2)
                .priority(7)
                .correlationId("c")
                .replyTo("replies")
                .expiration("600000")
                .messageId("m")
                .timestamp(Date.from(Instant.ofEpochMilli(1_700_000_000_000L)))
                .type("OrderPlaced")
                .userId("guest")
                .appId("checkout")
                .clusterId("cluster")
                .build();
    }

    private static LongString text(String text) {
        return LongStringHelper.asLongString(text);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }
}
