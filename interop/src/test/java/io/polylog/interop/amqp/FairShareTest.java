package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Queues whose messages take turns by a header, with RabbitMQ's Java client.
class FairShareTest {
    private static final String ARGUMENT = "x-polylog-fair-share";
    private static final int FLOOD = 100_000;
    private static final int FEW = 10;
    private static final int PREFETCH = 5;

    /// Two turns for each of the few, and what a consumer has ahead.
    private static final int TURNS = 2 * FEW + PREFETCH;

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
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    private void declare() throws Exception {
        channel.queueDeclare("q", true, false, false, Map.of(ARGUMENT, "header:tenant"));
    }

    private void store(String tenant, int count) throws Exception {
        Channel confirming = rabbit.connection.createChannel();
        confirming.confirmSelect();
        BasicProperties with =
                new BasicProperties.Builder()
                        .deliveryMode(2)
                        .headers(Map.of("tenant", tenant))
                        .build();
        for (int i = 0; i < count; i++) {
            Rabbit.publish(confirming, "q", with, tenant + i);
        }
        confirming.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        confirming.close();
    }

    /// Consumes and acknowledges one by one, on a channel of its own, and remembers the order.
    private static final class Order extends DefaultConsumer {
        private final List<String> texts = new ArrayList<>();
        private final int stop;
        private final CountDownLatch reached = new CountDownLatch(1);

        private Order(Channel channel, int stop) {
            super(channel);
            this.stop = stop;
        }

        static Order on(Connection connection, int stop) throws Exception {
            Channel own = connection.createChannel();
            own.basicQos(PREFETCH);
            Order order = new Order(own, stop);
            own.basicConsume("q", false, order);
            return order;
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, BasicProperties properties, byte[] body)
                throws IOException {
            synchronized (texts) {
                if (texts.size() < stop) {
                    texts.add(new String(body, UTF_8));
                    getChannel().basicAck(envelope.getDeliveryTag(), false);
                }
                if (texts.size() == stop) {
                    reached.countDown();
                }
            }
        }

        List<String> texts() throws Exception {
            assertThat(reached.await(Rabbit.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            synchronized (texts) {
                return List.copyOf(texts);
            }
        }
    }

    private static List<String> of(List<String> texts, String tenant) {
        return texts.stream().filter(text -> text.startsWith(tenant)).toList();
    }

    @Test
    void a_flood_does_not_delay_others_beyond_their_share_also_after_a_restart() throws Exception {
        declare();
        store("a", FLOOD);
        store("b", FEW);
        List<String> texts = Order.on(rabbit.connection, TURNS).texts();
        assertThat(of(texts, "b")).containsExactly(Rabbit.texts("b", FEW));
        assertThat(of(texts, "a")).hasSize(TURNS - FEW).startsWith("a0", "a1", "a2");

        rabbit.close();
        broker.restart();
        connectAgain();
        store("c", FEW);
        List<String> later = Order.on(rabbit.connection, TURNS).texts();
        assertThat(of(later, "c")).containsExactly(Rabbit.texts("c", FEW));
        assertThat(of(later, "a")).hasSize(TURNS - FEW);
    }

    private void connectAgain() throws Exception {
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
    }

    @Test
    void who_comes_while_others_are_served_has_its_turns_and_what_was_nacked_too()
            throws Exception {
        declare();
        store("a", 500);
        channel.basicQos(PREFETCH);
        Collector first = Collector.of(channel, "q");
        first.await(PREFETCH);
        store("b", FEW);
        channel.basicNack(first.at(PREFETCH - 1).tag(), true, true);
        first.await(2 * PREFETCH);
        assertThat(first.texts().subList(PREFETCH, 2 * PREFETCH))
                .containsExactly("a0", "b0", "a1", "b1", "a2");
        assertThat(first.at(PREFETCH).redelivered()).isTrue();
        channel.abort();

        List<String> texts = Order.on(rabbit.connection, TURNS).texts();
        assertThat(of(texts, "b")).containsExactly(Rabbit.texts("b", FEW));
        assertThat(of(texts, "a")).startsWith("a0", "a1", "a2", "a3");
    }

    @Test
    void what_makes_no_sense_is_refused() throws Exception {
        List<Map<String, Object>> refused =
                List.of(
                        Map.of(ARGUMENT, "tenant"),
                        Map.of(ARGUMENT, 1),
                        Map.of(ARGUMENT, "key", "x-polylog-ordering-key", "key"));
        for (Map<String, Object> wrong : refused) {
            Closed closed = rabbit.closed(own -> own.queueDeclare("q", true, false, false, wrong));
            assertThat(closed.code()).isEqualTo(406);
            assertThat(closed.text()).contains(ARGUMENT);
        }
    }
}
