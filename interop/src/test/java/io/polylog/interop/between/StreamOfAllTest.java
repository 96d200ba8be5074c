package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import io.nats.client.IterableConsumer;
import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.between.Family.Kind;
import io.polylog.interop.nats.Jnats;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A stream of NATS keeps what clients of all protocols publish on its subjects, and is read by
/// others.
@SuppressWarnings("try") // what closes may be interrupted, and fails the test then
class StreamOfAllTest {
    private static final long PATIENCE_MS = 15_000;

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Jnats nats;

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
        nats = Jnats.on(broker);
    }

    @AfterEach
    void disconnect() {
        nats.close();
    }

    private void stream(String name, String subjects) throws Exception {
        nats.client
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder().name(name).subjects(subjects).build());
    }

    /// Reads a stream from its beginning to its end.
    private List<Message> read(String stream) throws Exception {
        List<Message> read = new ArrayList<>();
        try (IterableConsumer all =
                nats.client
                        .getStreamContext(stream)
                        .createOrderedConsumer(new OrderedConsumerConfiguration())
                        .iterate()) {
            do {
                read.add(all.nextMessage(PATIENCE_MS));
            } while (read.getLast().metaData().pendingCount() > 0);
        }
        return read;
    }

    /// What a stream keeps of everything that can be said: the reply subject of a delivery is its
    /// own, and a time to live is for streams that ask for it.
    private static Letter letter(Kind from) {
        Map<String, String> fields = new TreeMap<>(Letter.full().fields());
        fields.remove(Letter.REPLY_TO);
        fields.remove(Letter.EXPIRATION);
        fields.put(Letter.MESSAGE_ID, "m-" + from);
        return new Letter(from.name().getBytes(UTF_8), fields, Letter.full().headers());
    }

    @Test
    void it_keeps_what_every_protocol_publishes_once_and_whole() throws Exception {
        stream("ORDERS", "orders.>");
        Subscription all = nats.subscribe(">");
        for (Kind from : Kind.values()) {
            String subject = "orders.of." + from;
            if (from == Kind.KAFKA) {
                try (Kafka kafka = new Kafka(broker)) {
                    kafka.topic(subject, 1);
                }
            }
            try (Family sender = from.on(broker)) {
                sender.publish(subject, letter(from));
            }
        }

        nats.publish("end", "end");
        for (Kind from : Kind.values()) {
            assertThat(Jnats.text(Jnats.next(all))).isEqualTo(from.name());
        }
        assertThat(Jnats.text(Jnats.next(all))).as("each came once").isEqualTo("end");
        all.unsubscribe();
        List<Message> kept = read("ORDERS");
        assertThat(kept).hasSize(Kind.values().length);
        int at = 0;
        for (Kind from : Kind.values()) {
            Message message = kept.get(at++);
            assertThat(message.getSubject()).isEqualTo("orders.of." + from);
            assertThat(NatsFamily.letter(message).said())
                    .as("%s", from)
                    .isEqualTo(letter(from).said());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"MQTT", "STOMP", "AMQP"})
    void what_goes_into_it_is_heard_by_everybody_else(Kind to) throws Exception {
        stream("HEARD_" + to, "heard." + to + ".>");
        try (Family receiver = to.on(broker)) {
            receiver.listen("heard." + to + ".a");
            nats.client.jetStream().publish("heard." + to + ".a", "body".getBytes(UTF_8));
            assertThat(receiver.next().body()).asString(UTF_8).isEqualTo("body");
        }
        assertThat(read("HEARD_" + to)).hasSize(1);
    }

    @Test
    void rabbitmq_reads_it_by_a_subscription_and_as_a_stream() throws Exception {
        stream("WORK", "work.>");
        for (int i = 0; i < 3; i++) {
            nats.client.jetStream().publish("work." + i, ("w" + i).getBytes(UTF_8));
        }
        try (Rabbit rabbit = Rabbit.on(broker)) {
            Map<String, Object> first = Map.of("x-stream-offset", "first");
            Collector workers = Collector.of(rabbit.channel, "WORK::workers", false, first);
            Channel reading = rabbit.connection.createChannel();
            reading.basicQos(10);
            Collector reader = Collector.of(reading, "WORK", false, first);

            List<Collector.Got> got = workers.await(3);
            assertThat(workers.texts()).containsExactly("w0", "w1", "w2");
            assertThat(got.get(1).envelope().getRoutingKey()).isEqualTo("work.1");
            rabbit.channel.basicAck(got.get(2).tag(), true);
            reader.await(3);
            assertThat(reader.texts()).containsExactly("w0", "w1", "w2");
            rabbit.channel.close();
            Channel again = rabbit.connection.createChannel();
            assertThat(again.messageCount("WORK::workers")).isZero();
        }
    }
}
