package io.polylog.interop.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.webhook.Receiver.Answer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Receivers, messages and operators that mean no good: each has a bound and a clear error.
class WebhookErrorsTest {
    private static final String NO_RETRY = ",\"retryMs\":[],\"timeoutMs\":700";

    private static final String NONSENSE =
            """
            { | Unexpected end-of-input
            {"queue":"orders"} | url: is missing
            {"url":"http://127.0.0.1"} | a webhook has a queue or a topic
            {"url":"http://127.0.0.1","queue":"orders","x":1} | x: nothing has that name
            {"url":"http://example.com","queue":"orders"} | begins with https://
            {"url":"http://127.0.0.1","queue":"orders","mode":"xml"} | mode: one of [raw, cloud
            {"url":"http://127.0.0.1","queue":"orders","concurrency":0} | a number from 1 to 256
            {"url":"http://127.0.0.1","queue":"orders","retryMs":[-1]} | retryMs: at most
            {"url":"http://127.0.0.1","queue":"orders","secrets":["hush"]} | one is whsec_
            {"url":"http://127.0.0.1","queue":"orders","headers":{"host":"a"}} | cannot be set
            {"url":"http://127.0.0.1","queue":"orders","headers":{"a":"\\r"}} | is no printable
            """;

    @TempDir private Path folder;
    private Fixture hooks;

    @BeforeEach
    void start() throws Exception {
        hooks = new Fixture(folder.resolve("data"));
    }

    @AfterEach
    void stop() throws Exception {
        hooks.close();
    }

    /// What is told last of a webhook that posts one message there.
    private String toldBy(RawReceiver raw, String more) throws Exception {
        hooks.web.ask("PUT", "/queues/orders");
        String json = "{\"url\":\"%s\",\"queue\":\"orders\"%s}".formatted(raw.url(), more);
        hooks.put("orders", json).with(201);
        hooks.publish("orders", "a");
        hooks.untilEmpty("orders");
        return hooks.shown("orders").path("last").asString();
    }

    @Test
    void redirects_are_not_followed() throws Exception {
        String url = hooks.receiver.url();
        hooks.receiver.answer(_ -> new Answer(307, "elsewhere", "Location", url));
        hooks.queueWith("orders", NO_RETRY);
        hooks.publish("orders", "a");
        hooks.untilEmpty("orders");

        assertThat(hooks.receiver.requests()).hasSize(1);
        assertThat(hooks.shown("orders").path("last").asString()).isEqualTo("HTTP 307: elsewhere");
        assertThat(hooks.shown("orders").path("givenUp").asInt()).isEqualTo(1);
    }

    @Test
    void who_answers_a_byte_at_a_time_is_given_up_on() throws Exception {
        try (RawReceiver raw = RawReceiver.drip("HTTP/1.1 200 OK\r\nx: y\r\n", 100)) {
            assertThat(toldBy(raw, NO_RETRY)).isEqualTo("no answer within 700 ms");
            raw.awaitClosed();
        }
    }

    @Test
    void a_body_without_end_counts_by_its_status_and_is_not_read() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
        try (RawReceiver raw = RawReceiver.flood(head, "body ".repeat(2000))) {
            assertThat(toldBy(raw, NO_RETRY)).startsWith("HTTP 200: body body");
            raw.awaitClosed();
            assertThat(raw.sentBytes()).isLessThan(16 << 20);
        }
    }

    @Test
    void a_head_without_end_is_an_error() throws Exception {
        try (RawReceiver raw = RawReceiver.flood("HTTP/1.1 200 OK\r\n", "x: " + "y".repeat(99))) {
            assertThat(toldBy(raw, NO_RETRY)).contains("larger than");
            raw.awaitClosed();
        }
        try (RawReceiver raw = RawReceiver.flood("", "HTTP/1.1 100 Continue\r\n\r\n".repeat(100))) {
            hooks.web.ask("DELETE", "/webhooks/orders").with(200);
            assertThat(toldBy(raw, NO_RETRY)).contains("larger than 65536 bytes");
        }
    }

    @Test
    void what_is_no_http_is_an_error() throws Exception {
        try (RawReceiver raw = RawReceiver.drip("SSH-2.0-OpenSSH_9.9\r\n\r\n", 0)) {
            assertThat(toldBy(raw, NO_RETRY)).contains("invalid version format");
        }
        try (RawReceiver raw = RawReceiver.drip("", 0)) {
            hooks.web.ask("DELETE", "/webhooks/orders").with(200);
            assertThat(toldBy(raw, NO_RETRY)).contains("closed the connection");
        }
    }

    @Test
    void no_message_can_add_to_the_head() throws Exception {
        hooks.queueWith("orders", "");
        try (Rabbit rabbit = Rabbit.on(hooks.broker)) {
            BasicProperties properties =
                    new BasicProperties.Builder()
                            .contentType("text/plain\r\nx-evil: 1")
                            .messageId("m\r\nx-evil: 1\r\n\r\nbody")
                            .correlationId("c\nx-evil: 1")
                            .headers(Map.of("a\r\nx-evil", "v\r\nx-evil: 1", "host", "evil"))
                            .build();
            rabbit.channel.basicPublish("", "orders", properties, "hi".getBytes(UTF_8));

            Receiver.Got got = hooks.receiver.await(1).getFirst();

            assertThat(got.headers()).doesNotContainKey("x-evil");
            assertThat(got.header("host")).startsWith("127.0.0.1");
            assertThat(got.header("x-header-host")).isEqualTo("evil");
            assertThat(got.header("x-message-id")).isEqualTo("m%0D%0Ax-evil: 1%0D%0A%0D%0Abody");
            assertThat(got.header("x-header-a%0d%0ax-evil")).isEqualTo("v%0D%0Ax-evil: 1");
            assertThat(got.body()).isEqualTo("hi");
        }
    }

    @Test
    void what_makes_no_sense_is_refused_and_says_where() throws Exception {
        hooks.web.ask("PUT", "/queues/orders");
        for (String line : NONSENSE.strip().split("\n", -1)) {
            String[] said = line.split(" \\| ", 2);
            assertThat(hooks.put("w", said[0]).with(400).path("message").asString())
                    .contains(said[1]);
        }
    }

    @Test
    void addresses_that_are_not_public_are_not_connected_to() throws Exception {
        hooks.web.ask("PUT", "/queues/orders");
        String url = "https://localhost:" + hooks.receiver.port() + "/";
        hooks.put("orders", "{\"url\":\"%s\",\"queue\":\"orders\"%s}".formatted(url, NO_RETRY))
                .with(201);
        hooks.publish("orders", "a");
        hooks.untilEmpty("orders");

        assertThat(hooks.shown("orders").path("last").asString())
                .startsWith("localhost is ")
                .endsWith(", a private address (webhooks.private_hosts)");
        JsonNode tested = hooks.web.ask("POST", "/webhooks/orders/test").with(200);
        assertThat(tested.path("error").asString()).contains("private address");
    }

    @Test
    void who_may_not_read_and_configure_gets_no_webhook() throws Exception {
        String ann = "Basic " + Base64.getEncoder().encodeToString("ann:guest".getBytes(UTF_8));
        try (Fixture guarded =
                new Fixture(
                        folder.resolve("guarded"),
                        RunningBroker.ANN,
                        "listen.ports.kafka=0",
                        "auth.permissions.ann=configure=.* write=.* read=^open")) {
            for (String queue : List.of("open", "closed")) {
                guarded.web
                        .ask(
                                "PUT",
                                "/queues/" + queue,
                                BodyPublishers.noBody(),
                                "Authorization",
                                ann)
                        .with(201);
                guarded.web
                        .ask(
                                "PUT",
                                "/webhooks/" + queue,
                                BodyPublishers.ofString(guarded.webhook("queue", queue, "")),
                                "Authorization",
                                ann)
                        .with(queue.equals("open") ? 201 : 403);
            }
            guarded.web.ask("GET", "/webhooks/open").with(401);
        }
    }

    @Test
    void what_is_not_there_is_said_so() throws Exception {
        hooks.web.ask("GET", "/webhooks/none").with(404);
        hooks.web.ask("POST", "/webhooks/none/test").with(404);
        assertThat(
                        hooks.put("w", hooks.webhook("queue", "nowhere", ""))
                                .with(404)
                                .path("message")
                                .asString())
                .isEqualTo("no queue or topic 'nowhere'");
    }

    @Test
    void a_queue_that_goes_and_comes_back_is_served_again() throws Exception {
        hooks.queueWith("orders", "");
        hooks.web.ask("DELETE", "/queues/orders").with(200);
        hooks.until("orders", "trouble", "its queue or topic is gone");
        hooks.web.ask("PUT", "/queues/orders").with(201);
        hooks.publish("orders", "a");

        assertThat(hooks.receiver.await(1).getFirst().body()).isEqualTo("a");
    }

    @Test
    void metrics_count_what_was_posted() throws Exception {
        hooks.queueWith("orders", "");
        hooks.publish("orders", "a");
        hooks.untilEmpty("orders");

        assertThat(metrics())
                .contains("polylog_webhooks_delivered_total{webhook=\"orders\"} 1.0")
                .contains("polylog_webhooks_request_micros_total{webhook=\"orders\"} ");
    }

    private String metrics() throws IOException, InterruptedException {
        URI uri = URI.create("http://" + hooks.broker.address("http") + "/metrics");
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
        }
    }
}
