package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Collector.Got;
import io.polylog.interop.amqp.Rabbit;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A Kafka topic `T`, consumed by RabbitMQ's client as `T::subscription`.
class TopicReadByAmqpTest {
    private static final Map<String, Object> FIRST = Map.of("x-stream-offset", "first");

    @TempDir private Path folder;
    private RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;
    private Kafka kafka;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        connect();
    }

    private void connect() throws Exception {
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
        kafka = new Kafka(broker);
    }

    private void restart() throws Exception {
        kafka.close();
        broker.restart();
        connect();
    }

    @AfterEach
    void stop() throws Exception {
        kafka.close();
        rabbit.close();
        broker.close();
    }

    private Collector from(String address, Object start) throws Exception {
        Channel own = rabbit.connection.createChannel();
        own.basicQos(1000);
        return Collector.of(own, address, false, Map.of("x-stream-offset", start));
    }

    @Test
    void a_subscription_begins_with_what_comes_from_now_on() throws Exception {
        kafka.sendTexts("T", "before");
        Collector billing = Collector.of(channel, "T::billing");
        kafka.sendTexts("T", "after");

        assertThat(billing.await(1).getFirst().text()).isEqualTo("after");
        assertThat(billing.texts()).containsExactly("after");
    }

    @Test
    void what_waits_too_long_leaves_its_subscription_alone() throws Exception {
        kafka.sendTexts("T", "before");
        Map<String, Object> brief =
                Map.of("x-stream-offset", "first", "x-polylog-message-ttl", 500);
        Channel first = rabbit.connection.createChannel();
        Collector.of(first, "T::brief", false, brief);
        Collector.of(first, "T::patient");
        first.close();
        kafka.sendTexts("T", "m0", "m1");
        await().atMost(Rabbit.PATIENCE).until(() -> channel.messageCount("T::brief") == 0);
        assertThat(channel.messageCount("T::patient")).isEqualTo(2);
        assertThat(kafka.readAll("T")).hasSize(3);
        Rabbit.Closed closed =
                Rabbit.closed(
                        channel,
                        () ->
                                Collector.of(
                                        channel,
                                        "T::brief",
                                        false,
                                        Map.of("x-polylog-message-ttl", 1)));
        assertThat(closed.code()).isEqualTo(406);
    }

    @Test
    void its_first_consumer_says_where_it_begins() throws Exception {
        kafka.sendTexts("T", "m0", "m1");
        long afterTwoMs = kafka.readAll("T").getLast().timestamp();
        await().until(() -> System.currentTimeMillis() > afterTwoMs + 1000);
        kafka.sendTexts("T", "m2");
        kafka.sendTexts("T", "m3");

        Collector first = from("T::first", "first");
        Collector last = from("T::last", "last");
        Collector next = from("T::next", "next");
        Collector offset = from("T::offset", 1L);
        Collector time = from("T::time", Date.from(Instant.ofEpochMilli(afterTwoMs + 1000)));
        Collector hour = from("T::hour", "1h");
        kafka.sendTexts("T", "m4");

        assertThat(texts(first, 5)).containsExactly("m0", "m1", "m2", "m3", "m4");
        assertThat(texts(last, 2)).containsExactly("m3", "m4");
        assertThat(texts(next, 1)).containsExactly("m4");
        assertThat(texts(offset, 4)).containsExactly("m1", "m2", "m3", "m4");
        assertThat(texts(time, 3)).containsExactly("m2", "m3", "m4");
        assertThat(texts(hour, 5)).containsExactly("m0", "m1", "m2", "m3", "m4");
        assertThat(first.all()).noneMatch(Got::redelivered);
    }

    private static List<String> texts(Collector collector, int count) {
        collector.await(count);
        return collector.texts();
    }

    @Test
    void consumers_share_a_subscription_over_all_partitions() throws Exception {
        kafka.topic("T", 4);
        Channel second = rabbit.connection.createChannel();
        channel.basicQos(50);
        second.basicQos(50);
        Collector one = Collector.of(channel, "T::billing", false, FIRST);
        Collector two = Collector.of(second, "T::billing", false, FIRST);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            byte[] key = ("k" + i % 10).getBytes(UTF_8);
            records.add(new ProducerRecord<>("T", key, ("" + i).getBytes(UTF_8)));
        }
        kafka.send(records);

        Set<String> all = new HashSet<>();
        await().atMost(Rabbit.PATIENCE)
                .until(() -> {
                    acknowledge(one, all);
                    acknowledge(two, all);
                    return all.size() == 400;
                });
        assertThat(one.all().size() + two.all().size()).isEqualTo(400);
        assertThat(one.all()).hasSizeGreaterThan(50);
        assertThat(two.all()).hasSizeGreaterThan(50);
        assertInOrderByKey(one);
        assertInOrderByKey(two);
    }

    private static void acknowledge(Collector consumer, Set<String> seen) throws Exception {
        for (Got got : List.copyOf(consumer.all())) {
            if (seen.add(got.text())) {
                consumer.getChannel().basicAck(got.tag(), false);
            }
        }
    }

    private static void assertInOrderByKey(Collector consumer) {
        Map<String, Integer> last = new HashMap<>();
        for (Got got : consumer.all()) {
            String key = got.properties().getHeaders().get("x-key").toString();
            int number = Integer.parseInt(got.text());
            assertThat(number).isGreaterThan(last.getOrDefault(key, -1));
            last.put(key, number);
        }
    }

    @Test
    void acknowledgements_and_attempts_last_through_a_restart() throws Exception {
        kafka.topic("T", 2);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            records.add(new ProducerRecord<>("T", i % 2, null, ("" + i).getBytes(UTF_8)));
        }
        kafka.send(records);
        Collector billing = Collector.of(channel, "T::billing", false, FIRST);
        for (Got got : billing.await(20)) {
            int number = Integer.parseInt(got.text());
            if (number % 5 == 0) {
                channel.basicNack(got.tag(), false, true);
            } else if (number % 5 != 4) {
                channel.basicAck(got.tag(), false);
            }
        }
        billing.await(24); // those given back come again
        restart();

        Collector again = Collector.of(channel, "T::billing");
        again.await(8);
        assertThat(again.texts())
                .containsExactlyInAnyOrder("0", "4", "5", "9", "10", "14", "15", "19");
        assertThat(again.all()).allMatch(Got::redelivered);
        kafka.sendTexts("T", "new");
        assertThat(again.await(9).getLast().text()).isEqualTo("new");
        assertThat(again.all().getLast().redelivered()).isFalse();
    }

    @Test
    void two_subscriptions_and_a_kafka_reader_each_get_everything() throws Exception {
        kafka.sendTexts("T", Rabbit.texts("m", 10));
        Collector billing = from("T::billing", "first");
        Collector audit = from("T::audit", "first");
        for (Got got : billing.await(10)) {
            billing.getChannel().basicAck(got.tag(), false);
        }
        audit.await(10);

        assertThat(billing.texts()).containsExactly(Rabbit.texts("m", 10));
        assertThat(audit.texts()).containsExactly(Rabbit.texts("m", 10));
        assertThat(kafka.readTexts("T")).containsExactly(Rabbit.texts("m", 10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void batches_of_every_codec_are_opened(String codec) throws Exception {
        try (Kafka compressing = new Kafka(broker, codec)) {
            compressing.sendTexts("T", Rabbit.texts("value ", 500));
        }
        channel.basicQos(7);
        Collector consumer = Collector.of(channel, "T::" + codec, true, FIRST);
        consumer.await(500);

        assertThat(consumer.texts()).containsExactly(Rabbit.texts("value ", 500));
    }

    @Test
    void addresses_that_name_nothing_are_told_so() throws Exception {
        kafka.topic("T", 2);
        assertThat(rabbit.closed(c -> c.basicConsume("none::s", null)).code()).isEqualTo(404);
        Rabbit.Closed bare = rabbit.closed(c -> c.basicConsume("T", null));
        assertThat(bare.code()).isEqualTo(406);
        assertThat(bare.text()).contains("T::NAME");
        Rabbit.Closed offset =
                rabbit.closed(c -> Collector.of(c, "T::s", false, Map.of("x-stream-offset", 5)));
        assertThat(offset.code()).isEqualTo(406);
        assertThat(offset.text()).contains("2 partitions");
        assertThat(rabbit.closed(c -> c.queueDeclare("T", true, false, false, null)).code())
                .isEqualTo(406);
    }

    @Test
    void publishing_goes_into_the_topic() throws Exception {
        kafka.topic("T", 1);
        rabbit.store("T", "by the default exchange");
        channel.confirmSelect();
        channel.basicPublish("amq.topic", "T", null, "by its subject".getBytes(UTF_8));
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());

        assertThat(kafka.readTexts("T"))
                .containsExactly("by the default exchange", "by its subject");
        Collector consumer = from("T::s", "first");
        assertThat(texts(consumer, 2)).containsExactly("by the default exchange", "by its subject");
    }

    @Test
    void what_kafka_produces_reaches_queues_bound_to_its_subject() throws Exception {
        kafka.topic("T", 1);
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind(queue, "amq.topic", "T");
        kafka.sendTexts("T", "a", "b");

        rabbit.awaitReady(queue, 2);
        assertThat(rabbit.drain(queue)).containsExactly("a", "b");
    }
}
