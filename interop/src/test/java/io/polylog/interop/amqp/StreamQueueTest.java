package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.ChannelMistake;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stream queues, and topics read as such, with RabbitMQ's Java client.
class StreamQueueTest {
    private static final Map<String, Object> STREAM = Map.of("x-queue-type", "stream");

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
        channel.queueDelete("s");
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    private void stream() throws IOException {
        channel.queueDeclare("s", true, false, false, STREAM);
    }

    /// A consumer that acknowledges all it gets.
    private List<Delivery> read(String queue, Map<String, Object> arguments) throws IOException {
        return read(rabbit.connection.createChannel(), queue, 10, arguments);
    }

    private static List<Delivery> read(
            Channel own, String queue, int prefetch, Map<String, Object> arguments)
            throws IOException {
        List<Delivery> got = new CopyOnWriteArrayList<>();
        own.basicQos(prefetch);
        own.basicConsume(
                queue,
                false,
                arguments,
                (tag, message) -> {
                    got.add(message);
                    own.basicAck(message.getEnvelope().getDeliveryTag(), false);
                },
                tag -> {});
        return got;
    }

    private static Map<String, Object> from(Object offset) {
        return Map.of("x-stream-offset", offset);
    }

    private static List<String> texts(List<Delivery> got) {
        return got.stream().map(message -> new String(message.getBody(), UTF_8)).toList();
    }

    private static void awaitTexts(List<Delivery> got, String... texts) {
        await().atMost(Rabbit.PATIENCE).until(() -> got.size() >= texts.length);
        assertThat(texts(got)).containsExactly(texts);
    }

    @Test
    void many_consumers_each_read_everything_from_where_they_want() throws Exception {
        stream();
        rabbit.store("s", Rabbit.texts("m", 100));
        Date later = Date.from(Instant.now().plusSeconds(60));

        List<Delivery> first = read("s", from("first"));
        List<Delivery> again = read("s", from("first"));
        List<Delivery> middle = read("s", from(60));
        List<Delivery> last = read("s", from("last"));
        List<Delivery> hour = read("s", from("1h"));
        List<Delivery> next = read("s", from("next"));
        List<Delivery> unsaid = read("s", Map.of());
        List<Delivery> future = read("s", from(later));
        rabbit.store("s", "new");

        await().atMost(Rabbit.PATIENCE)
                .until(() ->
                        first.size() == 101
                                && again.size() == 101
                                && hour.size() == 101
                                && middle.size() == 41);
        assertThat(texts(first).subList(0, 100)).containsExactly(Rabbit.texts("m", 100));
        assertThat(texts(again)).isEqualTo(texts(first));
        assertThat(texts(middle)).isEqualTo(texts(first).subList(60, 101));
        awaitTexts(last, "m99", "new");
        awaitTexts(next, "new");
        awaitTexts(unsaid, "new");
        awaitTexts(future, "new");
        assertThat(first.stream().map(m -> m.getProperties().getHeaders().get("x-stream-offset")))
                .containsExactlyElementsOf(
                        IntStream.range(0, 101).mapToObj(i -> (Object) (long) i).toList());
        assertThat(channel.messageCount("s")).isEqualTo(101);
        assertThat(channel.consumerCount("s")).isZero();
    }

    @Test
    void acknowledgements_only_give_credit_and_nothing_is_redelivered() throws Exception {
        stream();
        rabbit.store("s", Rabbit.texts("m", 5));
        Channel own = rabbit.connection.createChannel();
        own.basicQos(2);
        List<Delivery> got = new CopyOnWriteArrayList<>();
        own.basicConsume("s", false, from("first"), (tag, m) -> got.add(m), tag -> {});
        awaitTexts(got, "m0", "m1");

        own.basicNack(got.get(1).getEnvelope().getDeliveryTag(), false, true);
        awaitTexts(got, "m0", "m1", "m2");
        own.basicReject(got.get(0).getEnvelope().getDeliveryTag(), false);
        awaitTexts(got, "m0", "m1", "m2", "m3");
        own.basicRecover(true);
        awaitTexts(got, "m0", "m1", "m2", "m3", "m4");
        own.close();

        awaitTexts(read("s", from("first")), "m0", "m1", "m2", "m3", "m4");
    }

    @Test
    void a_filter_lets_through_exactly_what_it_names() throws Exception {
        stream();
        String[] values = {"eu", "us", "", "asia", "eu"};
        channel.confirmSelect();
        for (int i = 0; i < 1_000; i++) {
            String value = values[i % values.length];
            Map<String, Object> headers = new HashMap<>();
            if (!value.isEmpty()) {
                headers.put("x-stream-filter-value", value);
            }
            Rabbit.publish(
                    channel, "s", new BasicProperties.Builder().headers(headers).build(), "m" + i);
        }
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        Map<String, Object> one = new HashMap<>(from("first"));
        one.put("x-stream-filter", "us");
        Map<String, Object> some = new HashMap<>(from("first"));
        some.put("x-stream-filter", List.of("eu", "asia"));
        Map<String, Object> rest = new HashMap<>(one);
        rest.put("x-stream-match-unfiltered", true);
        List<Delivery> us = read(rabbit.connection.createChannel(), "s", 1, one);
        List<Delivery> others = read("s", some);
        List<Delivery> unfiltered = read("s", rest);

        await().atMost(Rabbit.PATIENCE)
                .until(() -> us.size() == 200 && others.size() == 600 && unfiltered.size() == 400);
        assertThat(us)
                .allMatch(m ->
                        m.getProperties()
                                .getHeaders()
                                .get("x-stream-filter-value")
                                .toString()
                                .equals("us"));
        rabbit.store("s", "none");
        awaitLast(unfiltered, "none");
        assertThat(us).hasSize(200);
        assertThat(others).hasSize(600);
    }

    private static void awaitLast(List<Delivery> got, String text) {
        await().atMost(Rabbit.PATIENCE).until(() -> texts(got).getLast().equals(text));
    }

    @Test
    void a_topic_of_kafkas_is_read_in_the_same_way() throws Exception {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(
                        broker.kafka(), new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < 50; i++) {
                producer.send(new ProducerRecord<>("events", "k" + i, "e" + i));
            }
            producer.flush();
            List<Delivery> all = read("events", from("first"));
            List<Delivery> half = read("events-0", from(25));
            await().atMost(Rabbit.PATIENCE).until(() -> all.size() == 50 && half.size() == 25);

            assertThat(texts(all)).containsExactly(Rabbit.texts("e", 50));
            assertThat(texts(half)).isEqualTo(texts(all).subList(25, 50));
            assertThat(half.getFirst().getProperties().getHeaders())
                    .containsEntry("x-stream-offset", 25L);
        }
        Closed unsaid = rabbit.closed(own -> read(own, "events", 10, Map.of()));
        assertThat(unsaid.text()).contains("'events' is a topic").contains("x-stream-offset");
    }

    @Test
    void consumers_hear_when_their_stream_goes() throws Exception {
        stream();
        AtomicBoolean cancelled = new AtomicBoolean();
        Channel own = rabbit.connection.createChannel();
        own.basicQos(1);
        own.basicConsume("s", false, from("first"), (tag, m) -> {}, tag -> cancelled.set(true));
        channel.queueDelete("s");
        await().atMost(Rabbit.PATIENCE).untilTrue(cancelled);
    }

    @Test
    void what_is_kept_follows_age_and_size_and_is_there_after_a_restart() throws Exception {
        Map<String, Object> arguments = new HashMap<>(STREAM);
        arguments.put("x-max-age", "7D");
        arguments.put("x-max-length-bytes", 100_000);
        arguments.put("x-stream-max-segment-size-bytes", 1_000_000);
        arguments.put("x-stream-filter-size-bytes", 32);
        channel.queueDeclare("s", true, false, false, arguments);
        channel.queueDeclare("s", true, false, false, arguments);
        rabbit.store("s", Rabbit.texts("x".repeat(1_000), 400));
        await().atMost(Rabbit.PATIENCE).until(() -> channel.messageCount("s") <= 130);

        rabbit.close();
        broker.restart();
        connectAgain();
        List<Delivery> got = read("s", from(0));
        await().atMost(Rabbit.PATIENCE)
                .until(() -> !got.isEmpty() && texts(got).getLast().endsWith("x399"));
        assertThat(got).hasSizeBetween(95, 130);

        arguments.put("x-max-age", "8D");
        Closed changed = rabbit.closed(own -> own.queueDeclare("s", true, false, false, arguments));
        assertThat(changed.code()).isEqualTo(406);
        assertThat(changed.text()).contains("inequivalent arg 'x-max-age' for queue 's'");
    }

    private void connectAgain() throws Exception {
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
    }

    @Test
    void what_a_stream_cannot_do_is_refused_in_rabbitmqs_words() throws Exception {
        stream();
        assertRefused(
                406,
                "PRECONDITION_FAILED - consumer prefetch count is not set for stream queue 's' in"
                        + " vhost '/'",
                own -> own.basicConsume("s", false, (tag, m) -> {}, tag -> {}));
        assertRefused(
                540,
                "NOT_IMPLEMENTED - automatic acknowledgement not supported by stream queue 's' in"
                        + " vhost '/'",
                own -> {
                    own.basicQos(1);
                    own.basicConsume("s", true, (tag, m) -> {}, tag -> {});
                });
        assertRefused(
                540,
                "NOT_IMPLEMENTED - queue 's' in vhost '/' does not support global qos",
                own -> {
                    own.basicQos(1);
                    own.basicQos(10, true);
                    own.basicConsume("s", false, (tag, m) -> {}, tag -> {});
                });
        assertRefused(
                540,
                "NOT_IMPLEMENTED - basic.get not supported by stream queues queue 's' in vhost"
                        + " '/'",
                own -> own.basicGet("s", false));
        assertRefused(
                540,
                "NOT_IMPLEMENTED - queue.purge not supported by stream queues queue 's' in vhost"
                        + " '/'",
                own -> own.queuePurge("s"));
    }

    @Test
    void what_no_stream_can_be_declared_with_is_refused() throws Exception {
        assertUndeclared(
                "invalid property 'non-durable' for queue 't' in vhost '/'", false, Map.of());
        assertUndeclared(
                "invalid arg 'x-message-ttl' for queue 't' in vhost '/' of queue type"
                        + " rabbit_stream_queue",
                true,
                Map.of("x-message-ttl", 1));
        assertUndeclared(
                "invalid arg 'x-max-age' for queue 't' in vhost '/': invalid_max_age",
                true,
                Map.of("x-max-age", "1w"));
        assertUndeclared(
                "Invalid value for x-stream-filter-size-bytes",
                true,
                Map.of("x-stream-filter-size-bytes", 15));
        assertUndeclared(
                "Exceeded max value for x-stream-max-segment-size-bytes",
                true,
                Map.of("x-stream-max-segment-size-bytes", 3_000_000_001L));
        stream();
        Closed classic = rabbit.closed(own -> own.queueDeclare("s", true, false, false, null));
        assertThat(classic.text())
                .isEqualTo(
                        "PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 's' in"
                                + " vhost '/': received 'classic' but current is 'stream'");
    }

    private void assertUndeclared(String text, boolean durable, Map<String, Object> arguments)
            throws IOException {
        Map<String, Object> all = new HashMap<>(STREAM);
        all.putAll(arguments);
        Closed closed = rabbit.closed(own -> own.queueDeclare("t", durable, false, false, all));
        assertThat(closed).isEqualTo(new Closed(406, "PRECONDITION_FAILED - " + text, false));
    }

    /// On a connection of its own: some of these end it.
    private static void assertRefused(int code, String text, ChannelMistake mistake)
            throws Exception {
        try (Rabbit other = Rabbit.on(broker)) {
            Closed closed = other.closed(mistake);
            assertThat(closed.code()).isEqualTo(code);
            assertThat(closed.text()).isEqualTo(text);
        }
    }
}
