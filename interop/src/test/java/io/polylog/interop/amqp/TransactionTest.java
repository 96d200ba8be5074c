package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Class tx with RabbitMQ's Java client, beyond what the client's own tests show: across shards,
/// restarts, limits.
class TransactionTest {
    private static final List<String> QUEUES = List.of("q0", "q1", "q2", "q3");

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "log.shards=3");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
        for (String queue : QUEUES) {
            channel.queueDelete(queue);
            rabbit.queue(queue);
        }
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    @Test
    void a_commit_over_all_shards_and_memory_survives_a_restart_where_it_may() throws Exception {
        String memory = channel.queueDeclare().getQueue();
        rabbit.store("q0", "order");
        channel.txSelect();
        GetResponse order = channel.basicGet("q0", false);
        for (String queue : QUEUES) {
            Rabbit.publish(channel, queue, "to " + queue);
        }
        Rabbit.publish(channel, memory, "to memory");
        channel.basicAck(order.getEnvelope().getDeliveryTag(), false);
        assertThat(channel.messageCount("q1")).isZero();
        channel.txCommit();
        assertThat(rabbit.drain(memory)).containsExactly("to memory");

        broker.restart();
        try (Rabbit after = Rabbit.on(broker)) {
            for (String queue : QUEUES) {
                assertThat(after.drain(queue)).containsExactly("to " + queue);
            }
        }
    }

    @Test
    void returns_come_at_the_commit_and_before_its_answer() throws Exception {
        List<String> said = new CopyOnWriteArrayList<>();
        channel.addReturnListener(returned -> said.add(returned.getRoutingKey()));
        channel.txSelect();
        channel.basicPublish("", "nowhere", true, new BasicProperties(), new byte[1]);
        Rabbit.publish(channel, "q0", "x");
        channel.basicQos(1); // an answer behind the publish
        assertThat(said).isEmpty();
        channel.txCommit();

        rabbit.awaitReady("q0", 1);
        assertThat(said).containsExactly("nowhere");
    }

    @Test
    void a_channel_is_for_confirms_or_for_transactions() throws Exception {
        assertThat(
                        rabbit.closed(own -> {
                            own.txSelect();
                            own.confirmSelect();
                        }))
                .isEqualTo(failed("cannot switch from tx to confirm mode"));
        assertThat(
                        rabbit.closed(own -> {
                            own.confirmSelect();
                            own.txSelect();
                        }))
                .isEqualTo(failed("cannot switch from confirm to tx mode"));
        assertThat(rabbit.closed(Channel::txRollback))
                .isEqualTo(failed("channel is not transactional"));
    }

    private static Closed failed(String text) {
        return new Closed(406, "PRECONDITION_FAILED - " + text, false);
    }

    @Test
    void what_waits_for_commits_is_limited_and_given_up_with_its_channel() throws Exception {
        byte[] large = new byte[8 << 20];
        for (int i = 0; i < 2; i++) {
            assertThat(
                            rabbit.closed(own -> {
                                own.txSelect();
                                for (int n = 0; n < 5; n++) {
                                    own.basicPublish("", "q0", new BasicProperties(), large);
                                }
                                own.txCommit();
                            }))
                    .extracting(Closed::code, Closed::connection)
                    .containsExactly(506, false);
        }
        assertThat(channel.messageCount("q0")).isZero();
    }

    @Test
    void what_was_acknowledged_and_not_committed_comes_back_when_its_connection_breaks()
            throws Exception {
        rabbit.store("q0", Rabbit.texts("m", 10));
        try (Rabbit other = Rabbit.on(broker)) {
            other.channel.txSelect();
            for (int i = 0; i < 10; i++) {
                long tag = other.channel.basicGet("q0", false).getEnvelope().getDeliveryTag();
                other.channel.basicAck(tag, false);
            }
        }
        assertThat(rabbit.drain("q0")).containsExactly(Rabbit.texts("m", 10));
    }

    @Test
    void many_consumers_move_messages_by_transactions_and_lose_none() throws Exception {
        int count = 300;
        rabbit.store("q0", Rabbit.texts("m", count));
        List<Thread> movers =
                IntStream.range(0, 3)
                        .mapToObj(i -> Thread.ofPlatform().start(() -> moveAll()))
                        .toList();
        for (Thread mover : movers) {
            mover.join();
        }

        assertThat(rabbit.drain("q0")).isEmpty();
        assertThat(rabbit.drain("q1")).containsExactlyInAnyOrder(Rabbit.texts("m", count));
        assertThat(rabbit.drain("q2")).containsExactlyInAnyOrder(Rabbit.texts("m", count));
    }

    /// Every other transaction is rolled back, and its message moved by the next one.
    private static void moveAll() {
        try (Rabbit own = Rabbit.on(broker)) {
            own.channel.txSelect();
            GetResponse got = own.channel.basicGet("q0", false);
            while (got != null) {
                long tag = got.getEnvelope().getDeliveryTag();
                move(own.channel, got, tag);
                own.channel.txRollback();
                move(own.channel, got, tag);
                own.channel.txCommit();
                got = own.channel.basicGet("q0", false);
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void move(Channel channel, GetResponse got, long tag) throws Exception {
        channel.basicPublish("", "q1", got.getProps(), got.getBody());
        channel.basicPublish("", "q2", got.getProps(), got.getBody());
        channel.basicAck(tag, false);
    }
}
