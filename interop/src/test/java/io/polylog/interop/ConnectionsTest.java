package io.polylog.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.ConnectionFactory;
import io.polylog.interop.amqp.Rabbit;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An operator looks at the connections of real clients on the command line and closes them
/// (docs/operating.md).
class ConnectionsTest {
    @TempDir private Path folder;
    private RunningBroker broker;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private String done(String... arguments) {
        Project.Outcome outcome = broker.administer(Map.of(), arguments);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        return outcome.out();
    }

    private Rabbit named(String name) throws Exception {
        ConnectionFactory factory = Rabbit.factory(broker);
        Map<String, Object> properties = new HashMap<>(factory.getClientProperties());
        properties.put("connection_name", name);
        factory.setClientProperties(properties);
        return Rabbit.on(factory);
    }

    /// The id of the connection whose line has these words at its end.
    private static String idOf(String end, String list) {
        Matcher line = Pattern.compile("(?m)^ *(\\d+) .*" + end + "$").matcher(list);
        assertThat(line.find()).as(list).isTrue();
        return line.group(1);
    }

    @Test
    void a_client_of_rabbitmq_is_listed_and_told_why_its_connection_is_closed() throws Exception {
        try (Rabbit billing = named("billing");
                Rabbit shipping = named("shipping")) {
            String list = done("connection", "list");
            String id = idOf("guest +/ +billing", list);
            assertThat(idOf("guest +/ +shipping", list)).isNotEqualTo(id);
            assertThat(done("connection", "show", id, "-o", "json"))
                    .contains("\"id\":" + id, "\"protocol\":\"amqp\"", "\"client\":\"billing\"")
                    .contains("\"user\":\"guest\"", "\"namespace\":\"/\"", "\"since\":\"20");

            done("connection", "close", id, "--reason", "moved to another rack");

            Rabbit.Closed closed = Rabbit.closed(billing.channel, () -> {});
            assertThat(closed.code()).isEqualTo(320);
            assertThat(closed.text()).isEqualTo("CONNECTION_FORCED - moved to another rack");
            assertThat(closed.connection()).isTrue();
            assertThat(shipping.connection.createChannel().isOpen()).isTrue();
            assertThat(done("connection", "list")).contains("shipping").doesNotContain("billing");
            Project.Outcome gone = broker.administer(Map.of(), "connection", "close", id);
            assertThat(gone.exitCode()).isEqualTo(4);
            assertThat(gone.err()).contains("no connection " + id);
        }
    }

    @Test
    void what_was_published_before_an_operator_closes_is_kept_and_what_was_held_comes_back()
            throws Exception {
        try (Rabbit rabbit = Rabbit.on(Rabbit.factory(broker));
                Rabbit other = Rabbit.on(Rabbit.factory(broker))) {
            rabbit.queue("orders");
            rabbit.store("orders", "a", "b");
            assertThat(rabbit.channel.basicGet("orders", false)).isNotNull();

            done("connection", "close", idOf("-", done("connection", "list")));

            assertThat(Rabbit.closed(rabbit.channel, () -> {}).text())
                    .isEqualTo("CONNECTION_FORCED - closed by an operator");
            other.awaitReady("orders", 2);
            assertThat(done("queue", "delete", "orders")).contains("with 2 messages");
            assertThat(other.closed(channel -> channel.queueDeclarePassive("orders")).code())
                    .isEqualTo(404);
        }
    }

    @Test
    void a_client_of_kafka_is_cut_off_and_comes_back_by_itself() throws Exception {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", broker.address("kafka"), "client.id", "checkout");
        try (var producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("orders", "a")).get();
            String list = done("connection", "list");
            String id = idOf("checkout", list);
            assertThat(list).contains("kafka");

            done("connection", "close", id);

            await().atMost(Rabbit.PATIENCE)
                    .until(() ->
                            broker.administer(Map.of(), "connection", "show", id).exitCode() == 4);
            producer.send(new ProducerRecord<>("orders", "b")).get();
        }
    }
}
