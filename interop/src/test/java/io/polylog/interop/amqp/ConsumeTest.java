package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector.Got;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Consuming and settling with RabbitMQ's Java client.
class ConsumeTest {
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

    @Test
    void prefetch_is_per_consumer() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 20));
        channel.basicQos(3);
        Collector one = Collector.of(channel, "q");
        one.await(3);
        channel.basicQos(5);
        Collector two = Collector.of(channel, "q");
        two.await(5);
        rabbit.awaitReady("q", 12);

        assertThat(one.texts()).containsExactly("m0", "m1", "m2");
        assertThat(two.texts()).containsExactly("m3", "m4", "m5", "m6", "m7");
        channel.basicAck(one.at(0).tag(), false);
        assertThat(one.await(4).getLast().text()).isEqualTo("m8");
        channel.basicAck(two.at(1).tag(), true); // its first two and the rest of the first's
        one.await(6);
        two.await(7);
        rabbit.awaitReady("q", 7);
        assertThat(one.all()).hasSize(6);
        assertThat(two.all()).hasSize(7);
    }

    @Test
    void global_prefetch_is_the_channels() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 20));
        channel.basicQos(4, true);
        Collector one = Collector.of(channel, "q");
        Collector two = Collector.of(channel, "q");
        await().atMost(Rabbit.PATIENCE).until(() -> one.all().size() + two.all().size() == 4);
        rabbit.awaitReady("q", 16); // for others to take

        channel.basicAck(0, true);
        await().atMost(Rabbit.PATIENCE).until(() -> one.all().size() + two.all().size() == 8);
        rabbit.awaitReady("q", 12);
        assertThat(one.all().size() + two.all().size()).isEqualTo(8);
    }

    @Test
    void both_limits_hold_at_once() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 20));
        channel.basicQos(7, true);
        channel.basicQos(5, false);
        Collector one = Collector.of(channel, "q");
        Collector two = Collector.of(channel, "q");
        await().atMost(Rabbit.PATIENCE).until(() -> one.all().size() + two.all().size() == 7);
        rabbit.awaitReady("q", 13);

        assertThat(one.all().size() + two.all().size()).isEqualTo(7);
        assertThat(one.all()).hasSizeLessThanOrEqualTo(5);
        assertThat(two.all()).hasSizeLessThanOrEqualTo(5);
    }

    @Test
    void what_is_requeued_takes_its_place_again_and_says_so() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 10));
        Collector first = Collector.of(channel, "q");
        List<Got> got = first.await(10);
        assertThat(got).noneMatch(Got::redelivered);
        channel.basicCancel(first.getConsumerTag());
        channel.basicReject(got.get(7).tag(), true);
        channel.basicNack(got.get(4).tag(), false, true);
        channel.basicNack(got.get(2).tag(), true, true); // and those before it
        rabbit.awaitReady("q", 5);
        rabbit.store("q", "new");

        Collector again = Collector.of(channel, "q");
        again.await(6);
        assertThat(again.texts()).containsExactly("m0", "m1", "m2", "m4", "m7", "new");
        assertThat(again.all())
                .extracting(Got::redelivered)
                .containsExactly(true, true, true, true, true, false);
    }

    @Test
    void a_consumer_that_requeues_gets_the_same_again_before_what_follows() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 3));
        channel.basicQos(1);
        Collector consumer = Collector.of(channel, "q");
        channel.basicNack(consumer.await(1).getLast().tag(), false, true);
        channel.basicNack(consumer.await(2).getLast().tag(), false, true);
        channel.basicAck(consumer.await(3).getLast().tag(), false);

        consumer.await(4);
        assertThat(consumer.texts()).containsExactly("m0", "m0", "m0", "m1");
    }

    @Test
    void a_message_rejected_without_requeue_is_gone() throws Exception {
        rabbit.store("q", "a", "b", "c");
        Channel consuming = rabbit.connection.createChannel();
        List<Got> got = Collector.of(consuming, "q").await(3);
        consuming.basicReject(got.get(0).tag(), false);
        consuming.basicNack(got.get(1).tag(), false, false);
        consuming.close();

        assertThat(rabbit.drain("q")).containsExactly("c");
    }

    @Test
    void acknowledged_messages_are_gone_and_the_rest_comes_back_with_the_channels_end()
            throws Exception {
        rabbit.store("q", Rabbit.texts("m", 5));
        Channel consuming = rabbit.connection.createChannel();
        List<Got> got = Collector.of(consuming, "q").await(5);
        consuming.basicAck(got.get(3).tag(), false);
        consuming.basicAck(got.get(1).tag(), true);
        consuming.close();

        GetResponse next = channel.basicGet("q", true);
        assertThat(new String(next.getBody(), UTF_8)).isEqualTo("m2");
        assertThat(next.getEnvelope().isRedeliver()).isTrue();
        assertThat(rabbit.drain("q")).containsExactly("m4");
    }

    @Test
    void what_a_lost_connection_held_comes_back() throws Exception {
        rabbit.store("q", "a", "b");
        try (Rabbit other = Rabbit.on(broker)) {
            Collector.of(other.channel, "q").await(2);
            other.connection.abort();
        }
        assertThat(Collector.of(channel, "q").await(2)).allMatch(Got::redelivered);
    }

    @Test
    void get_takes_one_and_tells_how_many_are_left() throws Exception {
        rabbit.store("q", "a", "b");
        GetResponse a = channel.basicGet("q", false);
        assertThat(new String(a.getBody(), UTF_8)).isEqualTo("a");
        assertThat(a.getMessageCount()).isEqualTo(1);
        assertThat(a.getEnvelope().isRedeliver()).isFalse();
        GetResponse b = channel.basicGet("q", false);
        assertThat(channel.basicGet("q", false)).isNull();
        channel.basicNack(b.getEnvelope().getDeliveryTag(), false, true);
        channel.basicReject(a.getEnvelope().getDeliveryTag(), true);

        GetResponse again = channel.basicGet("q", true);
        assertThat(new String(again.getBody(), UTF_8)).isEqualTo("a");
        assertThat(again.getEnvelope().isRedeliver()).isTrue();
        assertThat(rabbit.drain("q")).containsExactly("b");
    }

    @Test
    void recover_gives_everything_unsettled_back_to_its_place() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 4));
        Collector consumer = Collector.of(channel, "q");
        consumer.await(4);
        channel.basicAck(consumer.at(1).tag(), false);
        channel.basicRecover(true);

        consumer.await(7);
        assertThat(consumer.texts()).containsExactly("m0", "m1", "m2", "m3", "m0", "m2", "m3");
        assertThat(consumer.all().subList(4, 7)).allMatch(Got::redelivered);
    }

    /// So a client knows which of its deliveries are void.
    @Test
    void nothing_comes_between_recover_and_its_answer() throws Exception {
        List<String> all = List.of(Rabbit.texts("m", 60));
        try (Rabbit other = Rabbit.on(broker)) {
            for (int round = 0; round < 10; round++) {
                Channel own = rabbit.connection.createChannel();
                Queue<String> valid = consumeValid(own);
                CompletableFuture<Void> published =
                        CompletableFuture.runAsync(() -> publish(other, all));
                await().atMost(Rabbit.PATIENCE).until(() -> valid.size() > 20);
                own.basicRecover(true);
                published.join();
                await().atMost(Rabbit.PATIENCE)
                        .untilAsserted(() -> assertThat(valid).containsAll(all));
                own.close();
                channel.queuePurge("q");
            }
        }
    }

    /// What came and has not been given back.
    private static Queue<String> consumeValid(Channel own) throws IOException {
        Queue<String> valid = new ConcurrentLinkedQueue<>();
        own.basicConsume(
                "q",
                false,
                new DefaultConsumer(own) {
                    @Override
                    public void handleDelivery(
                            String tag, Envelope envelope, BasicProperties with, byte[] body) {
                        valid.add(new String(body, UTF_8));
                    }

                    @Override
                    public void handleRecoverOk(String tag) {
                        valid.clear();
                    }
                });
        return valid;
    }

    /// One after the other, each stored before the next.
    private static void publish(Rabbit publisher, List<String> all) {
        for (String text : all) {
            try {
                publisher.store("q", text);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void a_cancelled_consumer_gets_no_more_and_may_still_settle() throws Exception {
        rabbit.store("q", "a", "b");
        channel.basicQos(1);
        Collector consumer = Collector.of(channel, "q");
        long tag = consumer.await(1).getFirst().tag();
        channel.basicCancel(consumer.getConsumerTag());
        channel.basicAck(tag, false);

        assertThat(rabbit.drain("q")).containsExactly("b");
        assertThat(consumer.texts()).containsExactly("a");
    }

    @Test
    void a_consumer_hears_of_the_end_of_its_queue() throws Exception {
        Collector consumer = Collector.of(channel, "q");
        try (Channel other = rabbit.connection.createChannel()) {
            other.queueDelete("q");
        }
        await().atMost(Rabbit.PATIENCE).until(consumer::isCancelled);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void an_exclusive_consumer_is_alone() throws Exception {
        String tag = channel.basicConsume("q", false, "", false, true, null, consumer());
        assertThat(rabbit.closed(c -> c.basicConsume("q", consumer())).code()).isEqualTo(403);
        channel.basicCancel(tag);
        channel.basicConsume("q", consumer());
        assertThat(
                        rabbit.closed(c ->
                                        c.basicConsume(
                                                "q", false, "", false, true, null, consumer()))
                                .code())
                .isEqualTo(403);
    }

    private com.rabbitmq.client.Consumer consumer() {
        return new DefaultConsumer(channel);
    }

    @Test
    void a_consumer_of_higher_priority_is_served_first() throws Exception {
        channel.basicQos(2);
        Collector low = Collector.of(channel, "q");
        Collector high = Collector.of(channel, "q", false, Map.of("x-priority", 5));
        rabbit.store("q", Rabbit.texts("m", 3));
        high.await(2);
        low.await(1);

        assertThat(high.texts()).containsExactly("m0", "m1");
        assertThat(low.texts()).containsExactly("m2");
    }

    @Test
    void a_consumer_that_need_not_acknowledge_leaves_nothing() throws Exception {
        rabbit.store("q", Rabbit.texts("m", 50));
        channel.basicQos(1); // is of no matter to it
        Collector consumer = Collector.of(channel, "q", true, Map.of());
        consumer.await(50);
        channel.close();

        try (Rabbit other = Rabbit.on(broker)) {
            assertThat(other.drain("q")).isEmpty();
        }
    }
}
