package io.polylog.interop.between;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import io.polylog.interop.Project;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Collector.Got;
import io.polylog.interop.amqp.Rabbit;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A queue that keeps what is settled: consumed by RabbitMQ's client, read as a stream by it and by
/// Kafka's, and delivered once more on the command line.
class KeptQueueTest {
    private static final Map<String, Object> HOUR = Map.of("x-polylog-keep-ms", 3_600_000);

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
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
        channel.queueDeclare("q", true, false, false, HOUR);
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    private static Project.Outcome polylog(String... arguments) {
        return broker.administer(Map.of(), arguments);
    }

    private void workOff(String... texts) throws Exception {
        rabbit.store("q", texts);
        assertThat(rabbit.drain("q")).containsExactly(texts);
    }

    private static List<String> texts(List<Got> got) {
        return got.stream().map(Got::text).toList();
    }

    @Test
    void it_is_read_as_a_stream_by_both_while_it_is_worked_off() throws Exception {
        workOff("m0", "m1", "m2");
        rabbit.store("q", "m3");

        try (Channel reading = rabbit.connection.createChannel();
                Kafka kafka = new Kafka(broker)) {
            reading.basicQos(10);
            Collector all = Collector.of(reading, "q", false, Map.of("x-stream-offset", "first"));
            List<Got> got = all.await(4);
            assertThat(texts(got)).containsExactly("m0", "m1", "m2", "m3");
            assertThat(got.get(2).properties().getHeaders()).containsEntry("x-stream-offset", 2L);
            Collector late = Collector.of(reading, "q", false, Map.of("x-stream-offset", 2));
            assertThat(texts(late.await(2))).containsExactly("m2", "m3");
            assertThat(kafka.beginning("q")).isZero();
            assertThat(kafka.readTexts("q")).containsExactly("m0", "m1", "m2", "m3");

            rabbit.awaitReady("q", 1);
            rabbit.store("q", "m4");
            assertThat(texts(all.await(5))).last().isEqualTo("m4");
        }
        assertThat(rabbit.drain("q")).containsExactly("m3", "m4");
    }

    @Test
    void it_is_delivered_once_more_from_an_offset_or_a_time() throws Exception {
        workOff("m0", "m1");
        Instant later = Instant.now().plusMillis(5);
        await().until(() -> Instant.now().isAfter(later));
        workOff("m2");

        Project.Outcome outcome = polylog("queue", "reset", "q", "--to", "1");
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("2 to be delivered once more");
        assertThat(rabbit.drain("q")).containsExactly("m1", "m2");
        assertThat(polylog("queue", "reset", "q", "--to", later.toString()).out()).startsWith("1 ");
        assertThat(rabbit.drain("q")).containsExactly("m2");
        assertThat(polylog("queue", "reset", "q", "--to", "first").out()).startsWith("3 ");
        assertThat(rabbit.drain("q")).containsExactly("m0", "m1", "m2");
    }

    @Test
    void one_that_keeps_nothing_says_so() throws Exception {
        rabbit.queue("plain");
        Project.Outcome outcome = polylog("queue", "reset", "plain", "--to", "first");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err()).contains("plain keeps nothing that is settled");
        assertThat(polylog("queue", "reset", "q", "--to", "yesterday").err())
                .contains("'yesterday' is no time such as");
    }

    @Test
    void arguments_that_make_no_sense_are_refused() throws Exception {
        for (Map<String, Object> bad :
                List.<Map<String, Object>>of(
                        Map.of("x-polylog-keep-ms", 0),
                        Map.of("x-polylog-keep-bytes", "1 GB"),
                        Map.of("x-queue-type", "stream", "x-polylog-keep-ms", 1_000))) {
            assertThat(rabbit.closed(c -> c.queueDeclare("bad", true, false, false, bad)))
                    .satisfies(closed -> assertThat(closed.code()).isEqualTo(406))
                    .satisfies(closed -> assertThat(closed.text()).contains("x-polylog-keep-"));
        }
    }
}
