package io.polylog.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.MessageProperties;
import io.polylog.interop.amqp.Collector;
import io.polylog.interop.amqp.Rabbit;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An operator says on the command line what holds for queues and exchanges by their names
/// (docs/operating.md), while RabbitMQ's Java client uses them.
class PoliciesTest {
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

    private static void publish(Rabbit rabbit, String exchange) throws Exception {
        rabbit.channel.confirmSelect();
        rabbit.channel.basicPublish(
                exchange, "nobody", MessageProperties.PERSISTENT_TEXT_PLAIN, new byte[1]);
        rabbit.channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
    }

    @Test
    void a_policy_limits_a_queue_that_is_there_until_it_is_taken_away() throws Exception {
        try (Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.queue("billing");
            rabbit.queue("dead");
            done(
                    "policy",
                    "set",
                    "short",
                    "--pattern",
                    "^bill",
                    "--max-length",
                    "1",
                    "--dead-letter-exchange",
                    "",
                    "--dead-letter-key",
                    "dead");
            rabbit.store("billing", "a", "b", "c");
            rabbit.awaitReady("dead", 2);
            assertThat(rabbit.drain("billing")).containsExactly("c");
            rabbit.queue("billing"); // what its declaration says has not changed
            assertThat(done("policy", "list"))
                    .contains("name=short pattern=^bill priority=0 maxLength=1")
                    .contains("deadLetterKey=dead");

            done("policy", "delete", "short");
            rabbit.store("billing", "d", "e");
            assertThat(rabbit.drain("billing")).containsExactly("d", "e");
            assertThat(done("policy", "list")).isEmpty();
            Project.Outcome gone = broker.administer(Map.of(), "policy", "delete", "short");
            assertThat(gone.exitCode()).isEqualTo(4);
        }
    }

    @Test
    void a_policy_lets_tenants_take_turns_whatever_protocol_they_publish_with() throws Exception {
        try (Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.queue("jobs");
            done("policy", "set", "turns", "--pattern", "^jobs$", "--fair-share", "header:tenant");
            assertThat(done("policy", "list")).contains("fairShare=header:tenant");
            rabbit.channel.confirmSelect();
            for (String text : Rabbit.texts("a", 5)) {
                AMQP.BasicProperties with =
                        MessageProperties.MINIMAL_PERSISTENT_BASIC
                                .builder()
                                .headers(Map.of("tenant", "a"))
                                .build();
                Rabbit.publish(rabbit.channel, "jobs", with, text);
            }
            rabbit.channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
            post("b0");
            post("b1");
            assertThat(rabbit.drain("jobs"))
                    .containsExactly("a0", "b0", "a1", "b1", "a2", "a3", "a4");
            Project.Outcome wrong =
                    broker.administer(
                            Map.of(), "policy", "set", "x", "--pattern", "", "--fair-share", "t");
            assertThat(wrong.err()).contains("header:NAME");
        }
    }

    private void post(String text) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI queue = URI.create("http://" + broker.address("http") + "/v1/queues/jobs/messages");
            HttpRequest request =
                    HttpRequest.newBuilder(queue)
                            .header("X-Header-Tenant", "b")
                            .POST(HttpRequest.BodyPublishers.ofString(text))
                            .build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void a_policy_gives_exchanges_an_alternate_and_survives_a_restart() throws Exception {
        try (Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.channel.exchangeDeclare("orders", "direct", true);
            rabbit.channel.exchangeDeclare("rest", "fanout", true);
            rabbit.queue("unwanted");
            rabbit.channel.queueBind("unwanted", "rest", "");
        }
        done("policy", "set", "rest", "--pattern", "^orders$", "--alternate-exchange", "rest");
        broker.restart();
        try (Rabbit rabbit = Rabbit.on(broker)) {
            publish(rabbit, "orders");
            rabbit.awaitReady("unwanted", 1);
            done("policy", "delete", "rest");
            publish(rabbit, "orders");
            assertThat(rabbit.channel.messageCount("unwanted")).isOne();
        }
    }

    @Test
    void a_queue_that_nobody_uses_goes_when_a_policy_says_so() throws Exception {
        try (Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.queue("idle");
            rabbit.queue("other");
            done("policy", "set", "brief", "--pattern", "idle", "--expires", "200");
            await().atMost(Rabbit.PATIENCE)
                    .until(() ->
                            broker.administer(Map.of(), "message", "peek", "idle").exitCode() == 4);
            assertThat(rabbit.channel.messageCount("other")).isZero();
            Project.Outcome bad =
                    broker.administer(Map.of(), "policy", "set", "bad", "--pattern", "(");
            assertThat(bad.exitCode()).isEqualTo(2);
            assertThat(bad.err()).contains("Unclosed group");
        }
    }

    @Test
    void a_policy_masks_what_consumers_that_are_there_see() throws Exception {
        try (Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.queue("cards");
            Collector collector = Collector.of(rabbit.channel, "cards");
            String transform = "{\"mask\":[\"/card\"]}";
            String filter = "cel:has(json.card)";
            done(
                    "policy",
                    "set",
                    "masked",
                    "--pattern",
                    "^cards$",
                    "--transform",
                    transform,
                    "--filter",
                    filter);
            assertThat(done("policy", "list")).contains("masked");
            for (String body : List.of("{}", "{\"card\":\"4111\"}")) {
                rabbit.channel.basicPublish("", "cards", null, body.getBytes(UTF_8));
            }
            assertThat(collector.await(1).getFirst().text()).isEqualTo("{\"card\":\"***\"}");
            Project.Outcome bad =
                    broker.administer(
                            Map.of(),
                            "policy",
                            "set",
                            "bad",
                            "--pattern",
                            "x",
                            "--filter",
                            "cel:foo");
            assertThat(bad.exitCode()).isNotZero();
            assertThat(bad.err()).contains("filter, line 1, column 5: undeclared reference");
        }
    }
}
