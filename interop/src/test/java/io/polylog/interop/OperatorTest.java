package io.polylog.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An operator deals with dead letters on the command line (docs/operating.md), while RabbitMQ's
/// Java client publishes, rejects and consumes them.
class OperatorTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir private Path folder;
    private RunningBroker broker;
    private Connection connection;
    private Channel channel;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
        connect();
        channel.queueDeclare("dead", true, false, false, null);
        channel.queueDeclare(
                "work",
                true,
                false,
                false,
                Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", "dead"));
    }

    private void connect() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(broker.port("amqp"));
        connection = factory.newConnection();
        channel = connection.createChannel();
        channel.confirmSelect();
    }

    @AfterEach
    void stop() throws Exception {
        connection.close();
        broker.close();
    }

    private Project.Outcome polylog(String... arguments) {
        return broker.administer(Map.of(), arguments);
    }

    private String done(String... arguments) {
        Project.Outcome outcome = polylog(arguments);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        return outcome.out();
    }

    private void publish(String queue, String... bodies) throws Exception {
        for (String body : bodies) {
            channel.basicPublish(
                    "", queue, MessageProperties.PERSISTENT_TEXT_PLAIN, body.getBytes(UTF_8));
        }
        channel.waitForConfirmsOrDie(10_000);
    }

    private GetResponse take(String queue) throws IOException {
        return Objects.requireNonNull(channel.basicGet(queue, false), queue + " is empty");
    }

    private static String text(GetResponse got) {
        return new String(got.getBody(), UTF_8);
    }

    private void rejectAll(long count) throws IOException {
        for (long i = 0; i < count; i++) {
            channel.basicReject(take("work").getEnvelope().getDeliveryTag(), false);
        }
        await().atMost(SOON).until(() -> channel.messageCount("dead") == count);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> firstDeath(GetResponse got) {
        List<Object> deaths = (List<Object>) got.getProps().getHeaders().get("x-death");
        return (Map<String, Object>) deaths.getFirst();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> replay(GetResponse got) {
        return (Map<String, Object>) got.getProps().getHeaders().get("x-polylog-replay");
    }

    @Test
    void dead_letters_are_looked_at_and_sent_back_to_be_consumed_again() throws Exception {
        publish("work", "a", "b", "c");
        rejectAll(3);

        assertThat(done("dlq", "list")).containsPattern("3  dead +work");
        assertThat(done("dlq", "reasons", "dead")).contains("3  rejected").contains("work");
        assertThat(done("dlq", "peek", "dead", "--limit", "2"))
                .containsPattern(
                        "ready \\[rejected in work x1 \\(rejected by channel 1 of connection"
                                + " 127.0.0.1:\\d+\\)] a")
                .contains("more: --from 2");
        assertThat(done("dlq", "replay", "dead", "--limit", "1", "--dry-run"))
                .contains("1 would be replayed");
        assertThat(channel.messageCount("dead")).isEqualTo(3);
        assertThat(done("dlq", "replay", "dead", "--reason", "rejected"))
                .contains("3 replayed")
                .contains("3 to work");
        assertThat(channel.messageCount("dead")).isZero();

        GetResponse again = take("work");
        assertThat(text(again)).isEqualTo("a");
        assertThat(again.getEnvelope().isRedeliver()).isFalse();
        assertThat(again.getEnvelope().getRoutingKey()).isEqualTo("work");
        assertThat(firstDeath(again)).containsEntry("count", 1L);
        assertThat(firstDeath(again).get("queue")).hasToString("work");
        assertThat(replay(again)).containsEntry("count", 1L);
        channel.basicReject(again.getEnvelope().getDeliveryTag(), false);
        await().atMost(SOON).until(() -> channel.messageCount("dead") == 1);
        GetResponse dead = take("dead");
        assertThat(firstDeath(dead)).containsEntry("count", 2L);
        assertThat(dead.getEnvelope().isRedeliver()).isFalse();
    }

    @Test
    void a_dead_letter_is_changed_and_others_are_moved_or_thrown_away() throws Exception {
        publish("work", "{\"totalAmount\":-1}", "b", "c");
        rejectAll(3);
        assertThat(
                        done(
                                "dlq",
                                "edit",
                                "dead",
                                "--offset",
                                "0",
                                "--body",
                                "{\"totalAmount\":49.90}",
                                "--header",
                                "corrected=yes",
                                "--replay"))
                .contains("1 replayed");
        GetResponse fixed = take("work");
        assertThat(text(fixed)).isEqualTo("{\"totalAmount\":49.90}");
        assertThat(fixed.getProps().getContentType()).isEqualTo("text/plain");
        assertThat(fixed.getProps().getHeaders().get("corrected")).hasToString("yes");
        assertThat(firstDeath(fixed)).containsEntry("count", 1L);

        channel.queueDeclare("elsewhere", true, false, false, null);
        assertThat(done("message", "move", "dead", "--to", "elsewhere", "--limit", "1"))
                .contains("1 moved");
        assertThat(text(take("elsewhere"))).isEqualTo("b");
        assertThat(done("dlq", "discard", "dead", "--origin", "work")).contains("1 discarded");
        assertThat(channel.messageCount("dead")).isZero();

        Project.Outcome none = polylog("dlq", "replay", "nothing-there");
        assertThat(none.exitCode()).isEqualTo(4);
        assertThat(none.err()).contains("nothing-there");
    }

    @Test
    void a_paused_queue_takes_and_gives_nothing_until_it_is_resumed() throws Exception {
        done("queue", "pause", "dead");
        publish("dead", "a");
        assertThat(channel.basicGet("dead", true)).isNull();
        assertThat(done("message", "peek", "dead")).contains("ready a").contains("(paused)");
        connection.close();
        broker.restart();
        connect();
        assertThat(channel.basicGet("dead", true)).isNull();
        done("queue", "resume", "dead");
        assertThat(text(take("dead"))).isEqualTo("a");
        publish("dead", "b", "c");
        assertThat(done("queue", "purge", "dead")).contains("2 removed");
    }

    @Test
    void a_page_in_a_browser_may_not_ask() throws Exception {
        URI pause = URI.create("http://" + broker.address("http") + "/api/v1/queues/pause");
        HttpRequest request =
                HttpRequest.newBuilder(pause)
                        .header("Origin", "http://example.com")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"dead\"}"))
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer =
                    client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("DENIED");
            HttpRequest wrong =
                    HttpRequest.newBuilder(pause)
                            .POST(HttpRequest.BodyPublishers.ofString("{\"nam\":\"dead\"}"))
                            .build();
            HttpResponse<String> refused = client.send(wrong, HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("nam");
        }
        publish("dead", "a");
        assertThat(text(take("dead"))).isEqualTo("a");
    }
}
