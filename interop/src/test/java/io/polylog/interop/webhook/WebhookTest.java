package io.polylog.interop.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.GetResponse;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.webhook.Receiver.Answer;
import io.polylog.interop.webhook.Receiver.Got;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a webhook's receiver gets (docs/webhooks.md).
class WebhookTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String OLDER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

    @TempDir private Path folder;
    private Fixture hooks;
    private Receiver receiver;

    @BeforeEach
    void start() throws Exception {
        hooks = new Fixture(folder.resolve("data"));
        receiver = hooks.receiver;
    }

    @AfterEach
    void stop() throws Exception {
        hooks.close();
    }

    @Test
    void a_message_is_posted_signed_and_settled() throws Exception {
        String secret = hooks.queueWith("orders", "").path("secret").asString();
        hooks.web
                .post(
                        "/queues/orders/messages",
                        "{\"total\": 9.50}",
                        "Content-Type",
                        "application/json",
                        "X-Key",
                        "order-17",
                        "X-Correlation-Id",
                        "grüße",
                        "X-Header-Shop",
                        "eu")
                .with(200);

        Got got = receiver.await(1).getFirst();

        got.verify(secret);
        assertThatThrownBy(() -> got.verify(SECRET))
                .isInstanceOf(WebhookVerificationException.class);
        assertThat(got.body()).isEqualTo("{\"total\": 9.50}");
        assertThat(got.path()).isEqualTo("/hook?a=b");
        assertThat(got.id()).isEqualTo("orders-0-0");
        assertThat(got.header("content-type")).isEqualTo("application/json");
        assertThat(got.header("x-key")).isEqualTo("order-17");
        assertThat(got.header("x-header-shop")).isEqualTo("eu");
        assertThat(got.header("x-attempt")).isEqualTo("1");
        hooks.untilEmpty("orders");
        assertThat(hooks.shown("orders").path("delivered").asInt()).isEqualTo(1);
        assertThat(hooks.shown("orders").toString()).doesNotContain("whsec_");
    }

    @Test
    void while_secrets_change_either_knows_the_signature() throws Exception {
        hooks.queueWith("orders", ",\"secrets\":[\"" + OLDER + "\"]");
        String fresh =
                hooks.web
                        .ask("POST", "/webhooks/orders/rotate")
                        .with(200)
                        .path("secret")
                        .asString();
        hooks.publish("orders", "a");

        Got got = receiver.await(1).getFirst();

        got.verify(OLDER);
        got.verify(fresh);
        String body = hooks.webhook("queue", "orders", ",\"secrets\":[\"" + SECRET + "\"]");
        hooks.put("orders", body).with(200);
        hooks.publish("orders", "b");
        Got later = receiver.await(2).get(1);
        later.verify(SECRET);
        assertThatThrownBy(() -> later.verify(OLDER))
                .isInstanceOf(WebhookVerificationException.class);
    }

    @Test
    void a_topic_s_messages_are_posted_from_where_it_says() throws Exception {
        hooks.web.ask("PUT", "/topics/clicks").with(201);
        for (String text : List.of("a", "b", "c")) {
            hooks.web.post("/topics/clicks/messages", text).with(200);
        }
        hooks.put("all", hooks.webhook("topic", "clicks", ",\"from\":\"first\"")).with(201);

        assertThat(receiver.await(3))
                .extracting(Got::body)
                .containsExactlyInAnyOrder("a", "b", "c");

        hooks.web.ask("DELETE", "/webhooks/all").with(200);
        hooks.web.ask("GET", "/topics/clicks/subscriptions/webhook-all").with(404);
    }

    @Test
    void a_body_may_be_an_event_in_either_mode() throws Exception {
        hooks.queueWith("binary", ",\"mode\":\"cloudevents-binary\"");
        hooks.queueWith("structured", ",\"mode\":\"cloudevents-structured\"");
        for (String queue : List.of("binary", "structured")) {
            hooks.web
                    .post(
                            "/queues/" + queue + "/messages",
                            "{\"total\":9.50}",
                            "Content-Type",
                            "application/json",
                            "X-Type",
                            "OrderPlaced",
                            "X-Timestamp-Ms",
                            "1000")
                    .with(200);
        }
        List<Got> got = receiver.await(2);
        boolean first = got.getFirst().header("ce-id") != null;
        Got binary = got.get(first ? 0 : 1);
        Got structured = got.get(first ? 1 : 0);

        assertThat(binary.header("ce-type")).isEqualTo("OrderPlaced");
        assertThat(binary.header("ce-source")).isEqualTo("/topics/binary");
        assertThat(binary.header("ce-time")).isEqualTo("1970-01-01T00:00:01Z");
        assertThat(binary.header("ce-id")).isEqualTo(binary.id());
        assertThat(binary.body()).isEqualTo("{\"total\":9.50}");
        assertThat(structured.header("content-type")).isEqualTo("application/cloudevents+json");
        JsonNode event = new JsonMapper().readTree(structured.body());
        assertThat(event.path("data").path("total").asDouble()).isEqualTo(9.5);
        assertThat(event.path("source").asString()).isEqualTo("/topics/structured");
        assertThat(event.path("id").asString()).isEqualTo(structured.id());
    }

    @Test
    void what_fails_is_tried_again_and_then_a_dead_letter_with_what_was_answered()
            throws Exception {
        try (Rabbit rabbit = Rabbit.on(hooks.broker)) {
            rabbit.queue("dead");
            Map<String, Object> letters =
                    Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", "dead");
            rabbit.channel.queueDeclare("orders", true, false, false, letters);
        }
        receiver.answer(_ -> new Answer(500, "no \r\n such\0 order"));
        hooks.put("orders", hooks.webhook("queue", "orders", ",\"retryMs\":[30,60]")).with(201);
        hooks.publish("orders", "bad");

        List<Got> got = receiver.await(3);

        assertThat(got).extracting(each -> each.header("x-attempt")).containsExactly("1", "2", "3");
        assertThat(got).extracting(Got::id).containsOnly("orders-0-0");
        assertThat(got.get(1).atNanos() - got.get(0).atNanos())
                .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(27));
        assertThat(got.get(2).atNanos() - got.get(1).atNanos())
                .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(54));
        hooks.until("orders", "givenUp", 1);
        try (Rabbit rabbit = Rabbit.on(hooks.broker)) {
            GetResponse dead =
                    await().atMost(Receiver.PATIENCE)
                            .until(() -> rabbit.channel.basicGet("dead", true), Objects::nonNull);
            assertThat(dead.getProps().getHeaders().get("x-polylog-last-error"))
                    .hasToString("HTTP 500: no such order");
            assertThat(dead.getBody()).isEqualTo(new byte[] {'b', 'a', 'd'});
        }
        assertThat(receiver.requests()).hasSize(3);
    }

    @Test
    void who_is_gone_disables_it_and_the_messages_wait() throws Exception {
        hooks.queueWith("orders", ",\"concurrency\":1");
        receiver.answer(410);
        hooks.publish("orders", "a", "b", "c");
        hooks.until("orders", "state", "disabled");
        assertThat(hooks.shown("orders").path("reason").asString()).isEqualTo("HTTP 410");
        assertThat(receiver.requests()).hasSize(1);

        hooks.broker.restart();
        assertThat(hooks.shown("orders").path("state").asString()).isEqualTo("disabled");
        assertThat(hooks.shown("orders").path("messages").asInt()).isEqualTo(3);
        receiver.answer(200);
        hooks.web.ask("POST", "/webhooks/orders/resume").with(200);

        assertThat(receiver.await(4).subList(1, 4))
                .extracting(Got::body)
                .containsExactlyInAnyOrder("a", "b", "c");
        hooks.untilEmpty("orders");
    }

    @Test
    void who_asks_to_wait_is_left_alone_and_no_attempt_is_lost() throws Exception {
        hooks.queueWith("orders", ",\"concurrency\":1,\"retryMs\":[0]");
        receiver.answer(_ ->
                receiver.requests().isEmpty()
                        ? new Answer(429, "", "Retry-After", "1")
                        : new Answer(200, ""));
        hooks.publish("orders", "a", "b");

        List<Got> got = receiver.await(3);

        assertThat(got.get(1).atNanos() - got.get(0).atNanos())
                .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(990));
        assertThat(got).extracting(Got::body).containsExactly("a", "a", "b");
        assertThat(got).extracting(each -> each.header("x-attempt")).containsOnly("1");
    }

    @Test
    void nothing_is_lost_while_the_receiver_is_down() throws Exception {
        int port = receiver.port();
        hooks.queueWith("orders", ",\"retryMs\":[100,100,100,100,100,100,100,100,100,100]");
        receiver.close();
        for (int i = 0; i < 50; i++) {
            hooks.publish("orders", "m" + i);
        }
        await().atMost(Receiver.PATIENCE)
                .until(() -> hooks.shown("orders").path("failed").asInt() >= 6);
        assertThat(hooks.shown("orders").path("last").asString()).contains("Connection refused");
        try (Receiver again = Receiver.startOn(port)) {
            assertThat(again.await(50)).extracting(Got::body).doesNotHaveDuplicates().hasSize(50);
            hooks.untilEmpty("orders");
        }
    }

    @Test
    void no_more_requests_are_sent_than_may_be() throws Exception {
        CountDownLatch all = new CountDownLatch(3);
        hooks.queueWith("wide", ",\"concurrency\":3");
        receiver.answer(_ -> {
            all.countDown();
            return new Answer(awaits(all) ? 200 : 500, "");
        });
        for (int i = 0; i < 12; i++) {
            hooks.publish("wide", "m" + i);
        }
        hooks.untilEmpty("wide");
        assertThat(receiver.mostUnderWay()).isEqualTo(3);
    }

    private static boolean awaits(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void no_more_a_second_are_sent_than_may_be() throws Exception {
        hooks.queueWith("slow", ",\"ratePerSecond\":50");
        for (int i = 0; i < 40; i++) {
            hooks.publish("slow", "m" + i);
        }
        List<Got> got = receiver.await(40);

        assertThat(Duration.ofNanos(got.get(39).atNanos() - got.get(0).atNanos()))
                .isBetween(Duration.ofMillis(650), Duration.ofMillis(3000));
    }

    @Test
    void a_paused_one_sends_nothing_and_goes_on_where_it_was() throws Exception {
        hooks.queueWith("orders", "");
        hooks.web.ask("POST", "/webhooks/orders/pause").with(200);
        hooks.publish("orders", "a");
        assertThat(hooks.shown("orders").path("state").asString()).isEqualTo("paused");
        hooks.broker.restart();
        assertThat(hooks.shown("orders").path("messages").asInt()).isEqualTo(1);
        assertThat(receiver.requests()).isEmpty();

        hooks.web.ask("POST", "/webhooks/orders/resume").with(200);

        assertThat(receiver.await(1).getFirst().body()).isEqualTo("a");
    }

    @Test
    void a_test_says_what_came_back() throws Exception {
        String secret = hooks.queueWith("orders", "").path("secret").asString();
        receiver.answer(_ -> new Answer(418, "a teapot"));

        JsonNode said = hooks.web.post("/webhooks/orders/test", "{\"a\":1}").with(200);

        assertThat(said.path("status").asInt()).isEqualTo(418);
        assertThat(said.path("text").asString()).isEqualTo("a teapot");
        assertThat(said.path("accepted").asBoolean()).isFalse();
        Got got = receiver.await(1).getFirst();
        got.verify(secret);
        assertThat(got.body()).isEqualTo("{\"a\":1}");
        assertThat(hooks.shown("orders").path("failed").asInt()).isZero();
    }
}
