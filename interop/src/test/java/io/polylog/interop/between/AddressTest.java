package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.Queue;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Rabbit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How RabbitMQ's client addresses parts of a Kafka topic `T`: `T-n`, `T::S` and `T-n::S`.
class AddressTest {
    private static final Map<String, Object> FIRST = Map.of("x-stream-offset", "first");

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;
    private Kafka kafka;

    @BeforeAll
    static void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
        kafka = new Kafka(broker);
    }

    @AfterEach
    void leave() throws Exception {
        kafka.close();
        rabbit.close();
    }

    /// A topic with so many records in each partition: `p` + partition + `-` + number.
    private void filled(String topic, int partitions, int each) throws Exception {
        kafka.topic(topic, partitions);
        fill(topic, partitions, each);
    }

    private void fill(String topic, int partitions, int each) throws Exception {
        try (Kafka fresh = new Kafka(broker)) {
            for (int i = 0; i < partitions * each; i++) {
                int partition = i % partitions;
                byte[] value = ("p" + partition + "-" + i / partitions).getBytes(UTF_8);
                fresh.send(new ProducerRecord<>(topic, partition, null, value));
            }
        }
    }

    @Test
    void one_partition_is_consumed_by_its_address() throws Exception {
        filled("one", 3, 4);
        Collector second = Collector.of(channel, "one-1::s", false, Map.of("x-stream-offset", 2L));
        second.await(2);
        assertThat(second.texts()).containsExactly("p1-2", "p1-3");
        channel.basicAck(second.at(1).tag(), true);

        // The subscription is one: what its partition 1 has settled, nobody gets again.
        Collector whole = Collector.of(rabbit.connection.createChannel(), "one::s", true, FIRST);
        whole.await(8);
        fill("one", 3, 1);
        await().atMost(Rabbit.PATIENCE).until(() -> whole.all().size() + second.all().size() == 13);
        assertThat(whole.texts().subList(0, 8)).noneMatch(text -> text.startsWith("p1"));
    }

    @Test
    void messages_are_got_from_one_partition_or_from_all_in_turn() throws Exception {
        filled("got", 2, 1);
        assertThat(channel.basicGet("got-1::s", true)).isNull(); // makes it: from now on
        fill("got", 2, 2);

        GetResponse first = channel.basicGet("got-1::s", false);
        assertThat(first.getBody()).isEqualTo("p1-0".getBytes(UTF_8));
        assertThat(first.getMessageCount()).isEqualTo(1);
        channel.basicNack(first.getEnvelope().getDeliveryTag(), false, true);
        assertThat(channel.basicGet("got-1::s", true).getEnvelope().isRedeliver()).isTrue();
        assertThat(rabbit.drain("got::s")).containsExactlyInAnyOrder("p0-0", "p0-1", "p1-1");
    }

    @Test
    void counts_are_those_of_what_is_named() throws Exception {
        filled("counted", 2, 3);
        assertCounts("counted", 6, 0);
        assertCounts("counted-0", 3, 0);
        assertCounts("counted::s", 0, 0); // it begins with its first consumer
        channel.basicQos(2);
        String tag = channel.basicConsume("counted::s", false, FIRST, new Silent(channel));
        await().atMost(Rabbit.PATIENCE)
                .until(() -> channel.queueDeclarePassive("counted::s").getMessageCount() == 4);
        assertCounts("counted::s", 4, 1);
        assertThat(channel.messageCount("counted-0::s") + channel.messageCount("counted-1::s"))
                .isEqualTo(4);
        assertThat(channel.consumerCount("counted-1::s")).isEqualTo(1);
        channel.basicCancel(tag);
        assertCounts("counted::s", 4, 0);

        assertThat(channel.queuePurge("counted::s").getMessageCount()).isEqualTo(4);
        assertCounts("counted::s", 0, 0);
        assertCounts("counted", 6, 0);
        assertThat(rabbit.closed(c -> c.queueDelete("counted-1::s")).code()).isEqualTo(406);
        assertThat(channel.queuePurge("counted-1").getMessageCount()).isEqualTo(3);
        assertCounts("counted", 3, 0);
    }

    @Test
    void a_subscription_is_deleted_and_begins_anew_when_it_is_made_again() throws Exception {
        filled("dropped", 2, 2);
        Cancelled consumer = new Cancelled(channel);
        channel.basicConsume("dropped::s", false, FIRST, consumer);
        assertThat(channel.consumerCount("dropped::s")).isEqualTo(1);
        assertThat(rabbit.closed(c -> c.queueDelete("dropped::s", true, false)).code())
                .isEqualTo(406);
        assertThat(rabbit.closed(c -> c.queueDelete("dropped::s", false, true)).code())
                .isEqualTo(406);
        channel.queueDelete("dropped::s");
        assertThat(consumer.cancelled.get(10, TimeUnit.SECONDS)).isNotNull();
        assertThat(channel.queueDelete("dropped::s").getMessageCount()).isZero();
        assertCounts("dropped", 4, 0);
        assertCounts("dropped::s", 0, 0);
        assertThat(channel.basicGet("dropped::s", true)).isNull(); // it begins here
    }

    private static final class Cancelled extends com.rabbitmq.client.DefaultConsumer {
        final CompletableFuture<String> cancelled = new CompletableFuture<>();

        Cancelled(Channel channel) {
            super(channel);
        }

        @Override
        public void handleCancel(String tag) {
            cancelled.complete(tag);
        }
    }

    private static final class Silent extends com.rabbitmq.client.DefaultConsumer {
        Silent(Channel channel) {
            super(channel);
        }
    }

    private void assertCounts(String name, long ready, int consumers) throws IOException {
        Queue.DeclareOk counts = channel.queueDeclarePassive(name);
        assertThat(counts.getQueue()).isEqualTo(name);
        assertThat(counts.getMessageCount()).isEqualTo((int) ready);
        assertThat(counts.getConsumerCount()).isEqualTo(consumers);
    }

    @Test
    void a_queue_of_that_very_name_is_what_is_meant() throws Exception {
        rabbit.queue("named::s");
        filled("named", 2, 1);
        rabbit.queue("named-0");
        rabbit.store("named-0", "in the queue");
        rabbit.store("named::s", "there too");

        assertThat(rabbit.drain("named-0")).containsExactly("in the queue");
        assertThat(rabbit.drain("named::s")).containsExactly("there too");
        assertThat(kafka.readTexts("named")).containsExactly("p0-0");
    }

    @Test
    void what_is_no_part_of_a_topic_is_not_found() throws Exception {
        filled("some", 2, 1);
        rabbit.queue("queue");
        for (String name :
                List.of("some-2::s", "some-00::s", "some-+1::s", "some-::s", "queue-0::s", "-0")) {
            assertThat(rabbit.closed(c -> c.basicConsume(name, null)).code())
                    .as(name)
                    .isEqualTo(404);
            assertThat(rabbit.closed(c -> c.queueDeclarePassive(name)).code())
                    .as(name)
                    .isEqualTo(404);
        }
        Rabbit.Closed bare = rabbit.closed(c -> c.basicConsume("some-1", null));
        assertThat(bare.code()).isEqualTo(406);
        assertThat(bare.text()).contains("some-1::NAME");
    }

    @Test
    void consumers_see_partitions_that_are_added_later() throws Exception {
        kafka.topic("grown", 1);
        channel.basicQos(100);
        Collector whole = Collector.of(channel, "grown::s");
        Collector part = Collector.of(channel, "grown-0::alone");
        kafka.grow("grown", 3);
        fill("grown", 3, 2);
        whole.await(6);
        kafka.grow("grown", 4);
        fill("grown", 4, 1);
        whole.await(10);
        part.await(3);

        assertThat(whole.texts())
                .containsExactlyInAnyOrder(
                        "p0-0", "p1-0", "p2-0", "p0-1", "p1-1", "p2-1", "p0-0", "p1-0", "p2-0",
                        "p3-0");
        assertThat(part.texts()).containsExactly("p0-0", "p0-1", "p0-0");
        channel.basicAck(0, true);
        assertCounts("grown::s", 0, 1);
    }
}
