package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Rabbit;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The tables of `docs/translation.md` from one real client to the other, whole messages at a time.
/// Each row by itself is tested from the page beside each mapping.
class TranslationTest {
    private static final long TIME_MS = 1_700_000_000_123L;

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;
    private Kafka kafka;

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
        kafka = new Kafka(broker);
        rabbit.queue("q");
        kafka.topic("T", 1);
        channel.confirmSelect();
    }

    @AfterEach
    void disconnect() throws Exception {
        channel.queueDelete("q");
        kafka.delete("T");
        kafka.close();
        rabbit.close();
    }

    private static Map<String, String> headers(ConsumerRecord<byte[], byte[]> record) {
        Map<String, String> headers = new TreeMap<>();
        for (Header header : record.headers()) {
            headers.put(
                    header.key(),
                    header.value() == null ? null : new String(header.value(), UTF_8));
        }
        return headers;
    }

    @ParameterizedTest
    @ValueSource(strings = {"q", "T"})
    void properties_and_headers_of_amqp_in_kafka(String to) throws Exception {
        Map<String, Object> sent = new LinkedHashMap<>();
        sent.put("x-key", "order-17");
        sent.put("timestamp_in_ms", TIME_MS);
        sent.put("shop", "eu");
        sent.put("urgent", true);
        sent.put("count", -70_000);
        sent.put("price", new BigDecimal("12.34"));
        sent.put("at", Date.from(Instant.ofEpochMilli(1_700_000_000_000L)));
        sent.put("list", List.of(1, "a"));
        sent.put("nothing", null);
        channel.basicPublish("", to, properties(sent), "{}".getBytes(UTF_8));
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        ConsumerRecord<byte[], byte[]> record = kafka.readAll(to).getFirst();
        assertThat(record.key()).asString(UTF_8).isEqualTo("order-17");
        assertThat(record.value()).asString(UTF_8).isEqualTo("{}");
        assertThat(record.timestamp()).isEqualTo(TIME_MS);
        Map<String, String> expected = new TreeMap<>();
        expected.put("subject", to);
        expected.put("content-type", "application/json");
        expected.put("content-encoding", "identity");
        expected.put("correlation-id", "c-17");
        expected.put("reply-to", "replies");
        expected.put("message-id", "m-17");
        expected.put("type", "OrderPlaced");
        expected.put("user-id", "guest");
        expected.put("app-id", "checkout");
        expected.put("expiration", "600000");
        expected.put("priority", "7");
        expected.put("shop", "eu");
        expected.put("urgent", "true");
        expected.put("count", "-70000");
        expected.put("price", "12.34");
        expected.put("at", "2023-11-14T22:13:20Z");
        expected.put("list", "[1,\"a\"]");
        expected.put("nothing", null);
        assertThat(headers(record)).isEqualTo(expected);
    }

    private static BasicProperties properties(Map<String, Object> headers) {
        return new BasicProperties.Builder()
                .contentType("application/json")
                .contentEncoding("identity")
                .headers(headers)
                .deliveryMode(2)
                .priority(7)
                .correlationId("c-17")
                .replyTo("replies")
                .expiration("600000")
                .messageId("m-17")
                .type("OrderPlaced")
                .userId("guest")
                .appId("checkout")
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"q", "T"})
    void keys_times_and_headers_of_kafka_in_amqp(String to) throws Exception {
        kafka.send(
                new ProducerRecord<>(
                        to,
                        0,
                        TIME_MS,
                        "order-17".getBytes(UTF_8),
                        "{}".getBytes(UTF_8),
                        List.of(
                                header("content-type", "application/json"),
                                header("correlation-id", "c-17"),
                                header("reply-to", "replies"),
                                header("message-id", "m-17"),
                                header("type", "OrderPlaced"),
                                header("priority", "7"),
                                header("expiration", "600000"),
                                header("traceparent", "00-4bf9-00f0-01"),
                                header("shop", "eu"),
                                header("shop", "us"),
                                new RecordHeader("nothing", null),
                                new RecordHeader("bytes", new byte[] {0, (byte) 0xff}))));

        Collector.Got got = read(to);
        assertThat(got.text()).isEqualTo("{}");
        assertThat(got.envelope().getRoutingKey()).isEqualTo(to);
        assertThat(got.envelope().getExchange()).isEmpty();
        BasicProperties properties = got.properties();
        assertThat(properties.getContentType()).isEqualTo("application/json");
        assertThat(properties.getCorrelationId()).isEqualTo("c-17");
        assertThat(properties.getReplyTo()).isEqualTo("replies");
        assertThat(properties.getMessageId()).isEqualTo("m-17");
        assertThat(properties.getType()).isEqualTo("OrderPlaced");
        assertThat(properties.getPriority()).isEqualTo(7);
        assertThat(properties.getExpiration()).isEqualTo("600000");
        assertThat(properties.getDeliveryMode()).isEqualTo(2);
        assertThat(properties.getTimestamp())
                .isEqualTo(Date.from(Instant.ofEpochMilli(1_700_000_000_000L)));
        Map<String, Object> headers = properties.getHeaders();
        assertThat(headers)
                .containsOnlyKeys(
                        "x-key", "timestamp_in_ms", "traceparent", "shop", "nothing", "bytes");
        assertThat(headers.get("x-key")).hasToString("order-17");
        assertThat(headers)
                .containsEntry("timestamp_in_ms", TIME_MS)
                .containsEntry("nothing", null);
        assertThat(headers.get("traceparent")).hasToString("00-4bf9-00f0-01");
        assertThat(headers.get("shop")).hasToString("[eu, us]");
        assertThat(headers.get("bytes")).isEqualTo(new byte[] {0, (byte) 0xff});
    }

    private static Header header(String name, String value) {
        return new RecordHeader(name, value.getBytes(UTF_8));
    }

    private Collector.Got read(String name) throws Exception {
        String address = name.equals("T") ? "T::reader" : name;
        Map<String, Object> first = Map.of("x-stream-offset", "first");
        return Collector.of(channel, address, true, first).await(1).getFirst();
    }

    @Test
    void a_record_without_a_value_is_a_tombstone_there_and_back() throws Exception {
        kafka.send(new ProducerRecord<>("q", "k".getBytes(UTF_8), null));
        GetResponse got = channel.basicGet("q", false);
        assertThat(got.getBody()).isEmpty();
        assertThat(got.getProps().getHeaders()).containsEntry("x-tombstone", true);
        channel.basicPublish("", "T", got.getProps(), got.getBody());
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        ConsumerRecord<byte[], byte[]> back = kafka.readAll("T").getFirst();
        assertThat(back.value()).isNull();
        assertThat(back.key()).asString(UTF_8).isEqualTo("k");
    }

    @Test
    void records_of_tenants_take_turns_in_a_queue_that_shares() throws Exception {
        channel.queueDelete("q");
        Map<String, Object> fair = Map.of("x-polylog-fair-share", "header:tenant");
        channel.queueDeclare("q", true, false, false, fair);
        kafka.send(Stream.of("a1", "a2", "b1", "b2").map(TranslationTest::ofTenant).toList());

        Collector got = Collector.of(channel, "q");
        got.await(4);
        assertThat(got.texts()).containsExactly("a1", "b1", "a2", "b2");
    }

    private static ProducerRecord<byte[], byte[]> ofTenant(String text) {
        List<Header> headers = List.of(header("tenant", text.substring(0, 1)));
        return new ProducerRecord<>("q", 0, TIME_MS, null, text.getBytes(UTF_8), headers);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 4088, 65_536, 131_072, 1 << 20})
    void binary_bodies_pass_both_ways(int size) throws Exception {
        byte[] body = new byte[size];
        new Random(size).nextBytes(body);
        channel.basicPublish("", "T", null, body);
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        kafka.send(new ProducerRecord<>("q", limited(body)));

        assertThat(kafka.readAll("T").getFirst().value()).isEqualTo(body);
        assertThat(kafka.readAll("q").getFirst().value()).isEqualTo(limited(body));
        assertThat(read("q").body()).isEqualTo(limited(body));
        assertThat(read("T").body()).isEqualTo(body);
    }

    /// Kafka's limit of 1 MiB counts the batch's own bytes too.
    private static byte[] limited(byte[] body) {
        return body.length < 1 << 20 ? body : java.util.Arrays.copyOf(body, body.length - 200);
    }
}
