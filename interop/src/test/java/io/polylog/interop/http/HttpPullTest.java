package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.GetResponse;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What is pulled and settled over HTTP (docs/http.md), beside clients of other protocols.
class HttpPullTest extends HttpScene {
    private static void queue(String name, String... bodies) throws Exception {
        web.ask("PUT", "/queues/" + name).with(201);
        for (String body : bodies) {
            web.post("/queues/" + name + "/messages", body, "Content-Type", "text/plain").with(200);
        }
    }

    private static JsonNode pull(String queue, String order) throws Exception {
        return web.post("/queues/" + queue + "/pull", order).with(200).get("messages");
    }

    @Test
    void what_is_pulled_is_another_consumers_no_more_and_gone_when_accepted() throws Exception {
        queue("work", "a", "b", "c");

        JsonNode two = pull("work", "{\"max\":2}");

        assertThat(two).hasSize(2);
        assertThat(two.at("/0/body").asString()).isEqualTo("a");
        assertThat(two.at("/0/contentType").asString()).isEqualTo("text/plain");
        assertThat(two.at("/0/attempt").asInt()).isEqualTo(1);
        assertThat(two.at("/1/offset").asInt()).isEqualTo(1);
        GetResponse third = Objects.requireNonNull(rabbit.channel.basicGet("work", true));
        assertThat(new String(third.getBody(), UTF_8)).isEqualTo("c");
        assertThat(count("work", "unsettled")).isEqualTo(2);

        String settle =
                "{\"accept\":[\"%s\",\"%s\",\"none-1\"]}"
                        .formatted(two.at("/0/lease").asString(), two.at("/1/lease").asString());
        JsonNode settled = web.post("/leases/settle", settle).with(200);

        assertThat(settled.get("settled").asInt()).isEqualTo(2);
        assertThat(settled.get("gone").toString()).isEqualTo("[\"none-1\"]");
        assertThat(count("work", "unsettled")).isZero();
        assertThat(count("work", "messages")).isZero();
    }

    @Test
    void one_lease_is_settled_by_its_path() throws Exception {
        queue("one", "a");
        String lease = pull("one", "").at("/0/lease").asString();
        web.ask("POST", "/leases/" + lease + "/release?delayMs=0&reason=busy").with(200);
        JsonNode again = pull("one", "{\"waitMs\":5000}");
        assertThat(again.at("/0/attempt").asInt()).isEqualTo(2);
        assertThat(again.at("/0/redelivered").asBoolean()).isTrue();
        web.ask("POST", "/leases/" + lease + "/accept").with(410);

        web.ask("POST", "/leases/" + again.at("/0/lease").asString() + "/accept").with(200);

        assertThat(pull("one", "")).isEmpty();
    }

    @Test
    void what_is_rejected_is_a_dead_letter_with_its_reason() throws Exception {
        queue("dead");
        web.ask("PUT", "/queues/risky", BodyPublishers.ofString("{\"deadLetters\":\"dead\"}"))
                .with(201);
        web.ask("PUT", "/queues/risky", BodyPublishers.ofString("{\"deadLetters\":\"dead\"}"))
                .with(200);
        web.ask("PUT", "/queues/risky", BodyPublishers.ofString("{\"retries\":3}")).with(409);
        web.post("/queues/risky/messages", "bad").with(200);
        String lease = pull("risky", "{\"waitMs\":5000}").at("/0/lease").asString();

        web.ask("POST", "/leases/" + lease + "/reject?reason=no%20such%20customer").with(200);

        JsonNode dead = pull("dead", "{\"waitMs\":5000}");
        assertThat(dead.at("/0/body").asString()).isEqualTo("bad");
        assertThat(dead.at("/0/deaths/0/queue").asString()).isEqualTo("risky");
        assertThat(dead.at("/0/deaths/0/reason").asString()).isEqualTo("rejected");
        assertThat(dead.at("/0/deaths/0/lastError").asString()).isEqualTo("no such customer");
    }

    @Test
    void what_came_back_too_often_is_a_dead_letter() throws Exception {
        queue("tired-dead");
        web.ask(
                        "PUT",
                        "/queues/tired",
                        BodyPublishers.ofString(
                                "{\"deadLetters\":\"tired-dead\",\"retries\":1,"
                                        + "\"retryDelayMs\":50}"))
                .with(201);
        web.post("/queues/tired/messages", "x").with(200);
        for (int i = 0; i < 2; i++) {
            String lease = pull("tired", "{\"waitMs\":5000}").at("/0/lease").asString();
            web.ask("POST", "/leases/" + lease + "/release?reason=no%20money").with(200);
        }
        JsonNode dead = pull("tired-dead", "{\"waitMs\":5000}");
        assertThat(dead.at("/0/deaths/0/reason").asString()).isEqualTo("exhausted");
        assertThat(dead.at("/0/deaths/0/lastError").asString()).isEqualTo("no money");
    }

    @Test
    void a_lease_ends_by_itself_unless_it_is_renewed() throws Exception {
        queue("slow", "a", "b");
        JsonNode both = pull("slow", "{\"max\":2,\"leaseMs\":700}");
        assertThat(both).hasSize(2);
        String kept = both.at("/0/lease").asString();
        web.ask("POST", "/leases/" + kept + "/renew?leaseMs=60000").with(200);

        JsonNode again = pull("slow", "{\"waitMs\":10000}");

        assertThat(again.at("/0/body").asString()).isEqualTo("b");
        assertThat(again.at("/0/attempt").asInt()).isEqualTo(2);
        web.ask("POST", "/leases/" + both.at("/1/lease").asString() + "/accept").with(410);
        web.ask("POST", "/leases/" + kept + "/accept").with(200);
    }

    @Test
    void who_waits_gets_what_comes_at_once() throws Exception {
        queue("later");
        CompletableFuture<JsonNode> waiting =
                CompletableFuture.supplyAsync(() -> unchecked("later", "{\"waitMs\":30000}"));
        Awaitility.await().until(() -> count("later", "consumers") == 1);
        long from = System.nanoTime();

        web.post("/queues/later/messages", "x").with(200);

        assertThat(waiting.get(20, TimeUnit.SECONDS).at("/0/body").asString()).isEqualTo("x");
        assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(10));
        assertThat(pull("later", "{\"waitMs\":1}")).isEmpty();
        Awaitility.await().until(() -> count("later", "consumers") == 0);
    }

    private static JsonNode unchecked(String queue, String order) {
        try {
            return pull(queue, order);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void who_hangs_up_while_waiting_takes_nothing_away() throws Exception {
        queue("left");
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), broker.port("http"))) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    ("POST /v1/queues/left/pull?waitMs=60000 HTTP/1.1\r\nHost: localhost\r\n"
                                    + "Content-Length: 0\r\n\r\n")
                            .getBytes(UTF_8));
            out.flush();
            Awaitility.await().until(() -> count("left", "consumers") == 1);
        }
        Awaitility.await().until(() -> count("left", "consumers") == 0);
        web.post("/queues/left/messages", "x").with(200);

        assertThat(pull("left", "").at("/0/attempt").asInt()).isEqualTo(1);
    }

    @Test
    void what_is_accepted_on_the_way_has_no_lease() throws Exception {
        queue("quick", "a", "b");
        JsonNode both = pull("quick", "{\"max\":10,\"accept\":true}");
        assertThat(both).hasSize(2);
        assertThat(both.at("/0").has("lease")).isFalse();
        assertThat(count("quick", "unsettled")).isZero();
        assertThat(count("quick", "messages")).isZero();
    }

    @Test
    void a_subscription_of_a_topic_is_pulled_from_as_a_queue() throws Exception {
        web.ask("PUT", "/topics/clicks", BodyPublishers.ofString("{\"partitions\":2}")).with(201);
        web.ask(
                        "PUT",
                        "/topics/clicks/subscriptions/billing",
                        BodyPublishers.ofString("{\"from\":\"first\"}"))
                .with(201);
        for (int i = 0; i < 10; i++) {
            web.post("/topics/clicks/messages", "n" + i, "X-Key", "k" + i).with(200);
        }

        JsonNode all =
                web.post("/topics/clicks/subscriptions/billing/pull", "{\"max\":100}")
                        .with(200)
                        .get("messages");

        assertThat(all).hasSize(10);
        assertThat(all.valueStream().map(m -> m.get("partition").asInt()).distinct()).hasSize(2);
    }

    @Test
    void a_subscription_may_want_some_and_show_less() throws Exception {
        web.ask("PUT", "/topics/sales").with(201);
        String order =
                "{\"from\":\"first\",\"filter\":\"cel:json.total > 100\","
                        + "\"transform\":{\"mask\":[\"/card\"]}}";
        String path = "/topics/sales/subscriptions/large";
        web.ask("PUT", path, BodyPublishers.ofString(order)).with(201);
        web.post("/topics/sales/messages", "{\"total\":9,\"card\":\"1\"}").with(200);
        web.post("/topics/sales/messages", "{\"total\":900,\"card\":\"2\"}").with(200);

        JsonNode some = web.post(path + "/pull", "{\"max\":9}").with(200).get("messages");

        assertThat(some).hasSize(1);
        assertThat(some.at("/0/body").asString()).contains("900").doesNotContain("\"2\"");
        assertThat(
                        web.ask(
                                        "PUT",
                                        "/topics/sales/subscriptions/bad",
                                        BodyPublishers.ofString("{\"filter\":\"cel:total >\"}"))
                                .with(400)
                                .toString())
                .contains("line 1");
    }

    @Test
    void what_others_sent_is_read_with_its_properties() throws Exception {
        queue("mixed");
        rabbit.channel.basicPublish(
                "",
                "mixed",
                new AMQP.BasicProperties.Builder()
                        .contentType("application/json")
                        .correlationId("c-1")
                        .headers(Map.of("shop", "eu", "tries", 3))
                        .build(),
                new byte[] {(byte) 0xFF});
        JsonNode one = pull("mixed", "{\"waitMs\":5000}").get(0);
        assertThat(one.get("correlationId").asString()).isEqualTo("c-1");
        assertThat(one.at("/headers/shop").asString()).isEqualTo("eu");
        assertThat(one.at("/headers/tries").asInt()).isEqualTo(3);
        assertThat(one.get("bodyBase64").asString()).isEqualTo("/w==");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/queues/none/pull | {} | 404 | NOT_FOUND | no queue 'none'",
                "/queues/bad/pull | {\"max\":0} | 400 | INVALID | max: from 1 to 1000, not 0",
                "/queues/bad/pull | {\"waitMs\":60001} | 400 | INVALID | waitMs: from 0 to 60000",
                "/queues/bad/pull | {\"leaseMs\":-1} | 400 | INVALID | leaseMs: from 1",
                "/queues/bad/pull | {\"most\":1} | 400 | INVALID | most: nothing has that name",
                "/queues/bad/pull?max=x | '' | 400 | INVALID | max: this is no number: x",
                "/leases/settle | {\"accept\":[null]} | 400 | INVALID | a lease is null",
                "/leases/settle | {\"release\":[{}]} | 400 | INVALID | lease: which one?",
                "/leases/x/release?delayMs=-1 | '' | 400 | INVALID | delayMs: from 0",
                "/leases/x/accept | '' | 410 | GONE | no lease x",
            })
    void what_makes_no_sense_is_refused(
            String path, String body, int status, String code, String message) throws Exception {
        web.ask("PUT", "/queues/bad");
        JsonNode error = web.post(path, body).with(status);
        assertThat(error.get("code").asString()).isEqualTo(code);
        assertThat(error.get("message").asString()).contains(message);
    }
}
