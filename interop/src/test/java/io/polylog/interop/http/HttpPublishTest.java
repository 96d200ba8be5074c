package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.GetResponse;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What is published and made over HTTP (docs/http.md), as others see it.
class HttpPublishTest extends HttpScene {
    private static final String QUEUE = "/queues/orders";
    private static final String MESSAGES = "/topics/orders/messages";

    @BeforeAll
    static void makeQueue() throws Exception {
        web.ask("PUT", QUEUE).with(201);
    }

    private static String text(GetResponse got) {
        return new String(got.getBody(), UTF_8);
    }

    @Test
    void a_body_is_a_message_with_what_its_headers_say() throws Exception {
        web.ask("PUT", "/queues/one").with(201);
        JsonNode answer =
                web.post(
                                "/queues/one/messages",
                                "{\"total\": 9.50}",
                                "Content-Type",
                                "application/json",
                                "X-Message-Id",
                                "m-1",
                                "X-Correlation-Id",
                                "c-1",
                                "X-Reply-To",
                                "replies",
                                "X-Priority",
                                "3",
                                "X-Key",
                                "order-1",
                                "X-Header-Shop",
                                "eu")
                        .with(200);

        assertThat(answer.at("/messages/0").toString())
                .isEqualTo("{\"topic\":\"one\",\"partition\":0,\"offset\":0}");
        GetResponse got = take("one");
        assertThat(text(got)).isEqualTo("{\"total\": 9.50}");
        assertThat(got.getProps().getContentType()).isEqualTo("application/json");
        assertThat(got.getProps().getMessageId()).isEqualTo("m-1");
        assertThat(got.getProps().getCorrelationId()).isEqualTo("c-1");
        assertThat(got.getProps().getReplyTo()).isEqualTo("replies");
        assertThat(got.getProps().getPriority()).isEqualTo(3);
        assertThat(got.getProps().getHeaders().get("shop")).hasToString("eu");
        assertThat(got.getProps().getHeaders().get("x-key")).hasToString("order-1");
    }

    @Test
    void a_thousand_messages_of_one_request_are_one_commit() throws Exception {
        web.ask("PUT", "/queues/many").with(201);
        String all =
                IntStream.range(0, 1_000)
                        .mapToObj(i -> "{\"json\":{\"number\":" + i + ",\"total\":49.90}}")
                        .collect(Collectors.joining(",", "{\"messages\":[", "]}"));

        JsonNode answer = web.batch("/queues/many/messages", all).with(200);

        assertThat(commits("many")).isEqualTo(1);
        assertThat(answer.get("messages")).hasSize(1_000);
        assertThat(answer.at("/messages/999/offset").asInt()).isEqualTo(999);
        assertThat(web.ask("GET", "/queues/many").with(200).get("messages").asInt())
                .isEqualTo(1_000);
        GetResponse first = take("many");
        assertThat(text(first)).isEqualTo("{\"number\":0,\"total\":49.90}");
        assertThat(first.getProps().getContentType()).isEqualTo("application/json");
    }

    /// What was proposed together has one time of the log's.
    private static long commits(String queue) throws Exception {
        JsonNode page = web.at("/api/v1/queues/messages?limit=2000&name=" + queue).with(200);
        return page.get("messages").valueStream().map(m -> m.get("time")).distinct().count();
    }

    @Test
    void messages_of_a_batch_may_be_text_bytes_or_nothing() throws Exception {
        web.ask("PUT", "/queues/kinds").with(201);
        web.batch(
                        "/queues/kinds/messages",
                        "{\"messages\":[{\"body\":\"grüße\",\"headers\":{\"retries\":3,\"größe\":"
                                + "\"a b\"}},{\"bodyBase64\":\"AP8=\"},{\"tombstone\":true,"
                                + "\"key\":\"k\"}]}")
                .with(200);

        GetResponse text = take("kinds");
        assertThat(text(text)).isEqualTo("grüße");
        assertThat(text.getProps().getHeaders()).containsEntry("retries", 3);
        assertThat(text.getProps().getHeaders().get("größe")).hasToString("a b");
        assertThat(take("kinds").getBody()).containsExactly(0, 0xFF);
        assertThat(take("kinds").getProps().getHeaders()).containsEntry("x-tombstone", true);
    }

    @Test
    void what_is_published_on_a_subject_goes_where_it_is_bound() throws Exception {
        assertThat(web.post("/subjects/shop.eu.orders/messages", "lost").with(404).toString())
                .contains("UNROUTABLE", "hint");
        web.ask("PUT", "/queues/bound").with(201);
        rabbit.channel.queueBind("bound", "amq.topic", "shop.#");

        web.post("/subjects/shop.eu.orders/messages", "kept").with(200);

        GetResponse got = take("bound");
        assertThat(text(got)).isEqualTo("kept");
        assertThat(got.getEnvelope().getRoutingKey()).isEqualTo("shop.eu.orders");
    }

    @Test
    void queues_topics_and_subscriptions_are_made_shown_and_removed() throws Exception {
        web.ask("PUT", QUEUE).with(200);
        assertThat(web.ask("GET", QUEUE).with(200).get("kind").asString()).isEqualTo("queue");
        assertThat(web.ask("PUT", "/topics/orders").with(409).get("code").asString())
                .isEqualTo("CONFLICT");
        JsonNode topic =
                web.ask("PUT", "/topics/clicks", BodyPublishers.ofString("{\"partitions\":3}"))
                        .with(201);
        assertThat(topic.get("partitions").asInt()).isEqualTo(3);
        web.ask("PUT", "/topics/clicks").with(200);
        web.ask("PUT", "/topics/clicks", BodyPublishers.ofString("{\"partitions\":4}")).with(409);
        web.post("/topics/clicks/messages", "a", "X-Key", "k").with(200);

        String billing = "/topics/clicks/subscriptions/billing";
        JsonNode made =
                web.ask("PUT", billing, BodyPublishers.ofString("{\"from\":\"first\"}")).with(201);
        assertThat(made.get("messages").asInt()).isEqualTo(1);
        web.ask("PUT", billing).with(200);
        web.ask("GET", billing).with(200);
        web.ask("DELETE", billing).with(200);
        web.ask("GET", billing).with(404);
        web.ask("DELETE", "/topics/clicks").with(200);
        assertThat(web.ask("GET", "/topics/clicks").with(404).get("hint").asString())
                .contains("PUT /v1/topics");
        assertThat(web.ask("DELETE", "/queues/clicks").with(404).get("code").asString())
                .isEqualTo("NOT_FOUND");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"messages\":[{\"body\":1}]} | messages[0].body: this is no text",
                "{\"messages\":[{\"body\":\"a\",\"priority\":\"7\"}]} | messages[0].priority: ",
                "{\"messages\":[{\"body\":\"a\",\"priority\":256}]} | messages[0]: priority: 256",
                "{\"messages\":[{\"body\":\"a\"},{\"boddy\":\"\"}]} | messages[1].boddy: nothing",
                "{\"messages\":[{\"body\":\"a\",\"json\":1}]} | messages[0]: a message has one of",
                "{\"messages\":[{}]} | messages[0]: a message has one of",
                "{\"messages\":[null]} | messages[0]: this is no object",
                "{\"messages\":[{\"bodyBase64\":\"?\"}]} | messages[0]: bodyBase64: ",
                "{\"messages\":[{\"body\":\"a\",\"subject\":\"b\"}]} | messages[0]: the subject",
                "{\"messages\":[]} | messages: there is none",
                "{\"messages\":{}} | messages: this is no array",
                "{} | messages: there is none",
                "null | the body is null",
                "{\"messages\":[{\"body\":\"a\"}]}} | line 1, column ",
                "{\"messages\":[{\"body\":\"a\" | line 1, column ",
                "[] | this is no object",
            })
    void a_batch_that_makes_no_sense_is_told_where(String body, String where) throws Exception {
        JsonNode error = web.batch(MESSAGES, body).with(400);

        assertThat(error.get("code").asString()).isEqualTo("INVALID");
        assertThat(error.get("message").asString()).contains(where);
        assertThat(error.get("hint").asString()).isNotEmpty();
        assertThat(rabbit.channel.messageCount("orders")).isZero();
    }

    @Test
    void headers_that_make_no_sense_and_unknown_names_are_told() throws Exception {
        assertThat(web.post(MESSAGES, "a", "X-Priority", "high").with(400).toString())
                .contains("X-Priority");
        assertThat(web.post(MESSAGES, "a", "X-Delay-Ms", "-1").with(400).toString())
                .contains("delayMs");
        assertThat(web.post("/queues/nowhere/messages", "a").with(404).toString())
                .contains("nowhere", "PUT /v1/queues/NAME");
        String name = "n".repeat(256);
        web.ask("PUT", "/queues/" + name).with(400);
        web.ask("PUT", "/queues/amq.mine").with(400);
        web.ask("PUT", "/queues/odd", BodyPublishers.ofString("{\"durable\":true}")).with(400);
        web.ask("PUT", "/topics/odd", BodyPublishers.ofString("{\"partitions\":0}")).with(400);
    }

    @Test
    void what_is_too_large_is_refused() throws Exception {
        byte[] large = new byte[(1 << 20) + 1];
        var body = BodyPublishers.ofByteArray(large);
        assertThat(web.ask("POST", MESSAGES, body).with(413).get("code").asString())
                .isEqualTo("TOO_LARGE");
        var unsized = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large));
        web.ask("POST", MESSAGES, unsized).with(413);
        String text = "a".repeat((1 << 20) + 1);
        assertThat(web.batch(MESSAGES, "{\"messages\":[{\"body\":\"" + text + "\"}]}").with(413))
                .asString()
                .contains("messages[0]");
        String many = "{\"body\":\"\"},".repeat(1_000) + "{\"body\":\"\"}";
        web.batch(MESSAGES, "{\"messages\":[" + many + "]}").with(413);
        var most = BodyPublishers.ofByteArray(new byte[1 << 20]);
        web.ask("PUT", "/queues/large").with(201);
        web.ask("POST", "/queues/large/messages", most).with(200);
        assertThat(take("large").getBody()).hasSize(1 << 20);
    }

    @Test
    void a_length_that_is_only_said_takes_no_memory_and_is_refused_at_once() throws Exception {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), broker.port("http"))) {
            socket.setSoTimeout(5_000);
            String head =
                    "POST /v1"
                            + MESSAGES
                            + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000000\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(UTF_8));
            InputStream in = socket.getInputStream();

            assertThat(new String(in.readAllBytes(), UTF_8)).startsWith("HTTP/1.1 413");
        }
    }
}
