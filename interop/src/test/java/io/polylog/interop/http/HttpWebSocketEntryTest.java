package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.interop.ClientPackages;
import io.polylog.interop.Project.Outcome;
import io.polylog.interop.RunningBroker;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Who is let in over the WebSocket of the http port, from which pages, and what becomes of those
/// who say what makes no sense.
@Timeout(60)
class HttpWebSocketEntryTest {
    private static final String PAGE = "https://shop.example:8443";
    private static final String LOGIN =
            "{\"op\":\"login\",\"id\":1,\"user\":\"ann\",\"password\":\"guest\"}";

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private static RunningBroker guarded;
    private static Web web;
    private static Web guardedWeb;

    @BeforeAll
    static void start() throws Exception {
        broker =
                RunningBroker.on(
                        folder.resolve("data"),
                        "listen.ports.http=auto",
                        "listen.ports.kafka=0",
                        "http.origins=" + PAGE + ", http://localhost:3000");
        guarded =
                RunningBroker.on(
                        folder.resolve("guarded"),
                        "listen.ports.http=auto",
                        "listen.ports.kafka=0",
                        "limits.handshake_time=1s",
                        "auth.permissions.ann=configure=.* write=.* read=^(a|open)$",
                        RunningBroker.ANN);
        web = new Web(broker);
        guardedWeb = new Web(guarded);
    }

    @AfterAll
    static void stop() throws Exception {
        web.close();
        guardedWeb.close();
        broker.close();
        guarded.close();
    }

    private static void assertRefused(int status, Web at, String... headers) {
        assertThatThrownBy(() -> new Page(at, headers))
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refused ->
                                assertThat(refused.getResponse().statusCode()).isEqualTo(status));
    }

    // Login ------------------------------------------------------------------------------------

    @Test
    void a_login_in_a_frame_is_answered_and_what_is_behind_it_waits_for_that() throws Exception {
        try (Page page = new Page(guardedWeb)) {
            page.say(LOGIN);
            page.say("{\"op\":\"subscribe\",\"id\":2,\"subject\":\"a\"}");
            assertThat(page.next("welcome").get("user").asString()).isEqualTo("ann");
            page.next("subscribed");
            assertThat(page.ask(LOGIN, "error").get("message").asString()).contains("logged in");
            page.say(
                    "{\"op\":\"publish\",\"subject\":\"a\",\"message\":{\"body\":\"%s\"}}"
                            .formatted("x".repeat(500_000)));
            assertThat(page.next("message").get("userId")).isNull();
        }
    }

    @Test
    void what_a_user_may_not_read_is_refused_and_its_id_is_free_again() throws Exception {
        try (Page page = new Page(guardedWeb)) {
            page.ask(LOGIN, "welcome");
            for (int i = 0; i < 2; i++) {
                JsonNode error =
                        page.ask("{\"op\":\"subscribe\",\"id\":2,\"subject\":\"b\"}", "error");
                assertThat(error.get("code").asString()).isEqualTo("DENIED");
            }
            page.ask("{\"op\":\"subscribe\",\"id\":2,\"subject\":\"a\"}", "subscribed");
        }
    }

    @Test
    void a_login_in_the_handshake_needs_no_other() throws Exception {
        String pair = Base64.getEncoder().encodeToString("ann:guest".getBytes(UTF_8));
        try (Page page = new Page(guardedWeb, "Authorization", "Basic " + pair)) {
            page.ask("{\"op\":\"subscribe\",\"id\":2,\"subject\":\"a\"}", "subscribed");
        }
        String wrong = Base64.getEncoder().encodeToString("ann:gues".getBytes(UTF_8));
        assertRefused(401, guardedWeb, "Authorization", "Basic " + wrong);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"op\":\"login\",\"id\":1,\"user\":\"ann\",\"password\":\"wrong\"}",
                "{\"op\":\"login\",\"id\":1,\"user\":\"bob\",\"password\":\"guest\"}",
                "{\"op\":\"subscribe\",\"id\":1,\"subject\":\"a\"}",
            })
    void who_is_not_known_is_told_so_and_let_go(String said) throws Exception {
        try (Page page = new Page(guardedWeb)) {
            JsonNode error = page.ask(said, "error");
            assertThat(error.get("code").asString()).isEqualTo("LOGIN");
            assertThat(error.get("id").asInt()).isEqualTo(1);
            assertThat(page.closed().code()).isEqualTo(1008);
        }
    }

    @Test
    void who_does_not_log_in_in_time_is_let_go() throws Exception {
        long from = System.nanoTime();
        try (Page page = new Page(guardedWeb)) {
            assertThat(page.closed()).isEqualTo(new Page.Closed(1008, "no login in time"));
        }
        assertThat(System.nanoTime() - from).isLessThan(10_000_000_000L);
    }

    @Test
    void a_large_frame_is_not_taken_from_who_has_not_logged_in() throws Exception {
        try (Page page = new Page(guardedWeb)) {
            page.say(" ".repeat(65 << 10) + LOGIN);
            assertThat(page.closed().code()).isEqualTo(1009);
        }
    }

    @Test
    void where_there_are_no_users_a_login_is_welcome() throws Exception {
        try (Page page = new Page(web)) {
            page.ask(LOGIN, "welcome");
        }
    }

    // Pages ------------------------------------------------------------------------------------

    @Test
    void pages_of_listed_origins_may_and_others_may_not() throws Exception {
        for (String listed : List.of(PAGE, "http://localhost:3000")) {
            try (Page page = new Page(web, "Origin", listed)) {
                page.ask("{\"op\":\"subscribe\",\"id\":2,\"subject\":\"a\"}", "subscribed");
            }
        }
        String own = "http://" + broker.address("http");
        for (String other :
                List.of(
                        "https://shop.example",
                        "http://shop.example:8443",
                        "https://evil.shop.example:8443",
                        PAGE + ".evil.example",
                        "http://localhost",
                        "null",
                        own)) {
            assertRefused(403, web, "Origin", other);
        }
        assertRefused(403, guardedWeb, "Origin", PAGE);
    }

    private static HttpResponse<String> asPage(String method, String origin) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(web.uri("/queues/none"))
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .header("Origin", origin)
                        .header("Access-Control-Request-Method", "PUT")
                        .header("Access-Control-Request-Headers", "x-key,content-type")
                        .build();
        return web.client().send(request, BodyHandlers.ofString());
    }

    @Test
    void plain_requests_of_listed_pages_are_answered_so_that_they_can_read_it() throws Exception {
        HttpResponse<String> asked = asPage("OPTIONS", PAGE);
        assertThat(asked.statusCode()).isEqualTo(200);
        assertThat(asked.headers().map())
                .containsEntry("access-control-allow-origin", List.of(PAGE))
                .containsEntry("access-control-allow-headers", List.of("x-key,content-type"))
                .containsEntry(
                        "access-control-allow-methods", List.of("GET, HEAD, POST, PUT, DELETE"));
        HttpResponse<String> answer = asPage("GET", PAGE);
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.headers().map())
                .containsEntry("access-control-allow-origin", List.of(PAGE))
                .containsEntry("vary", List.of("Origin"));

        HttpResponse<String> other = asPage("OPTIONS", "https://evil.example");

        assertThat(other.statusCode()).isEqualTo(405);
        assertThat(other.headers().map()).doesNotContainKey("access-control-allow-origin");
        assertThat(asPage("GET", "https://evil.example").statusCode()).isEqualTo(403);
    }

    // Nonsense ---------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ | line 1",
                "null | null",
                "[] | ",
                "7 | ",
                "{} | op: which one?",
                "{\"op\":7} | op: there is no 7",
                "{\"op\":\"jump\"} | op: there is no jump",
                "{\"op\":\"publish\",\"queu\":\"a\"} | queu: nothing has that name",
                "{\"op\":\"unsubscribe\",\"id\":1,\"lease\":\"a\"} | lease: nothing has that name",
                "{\"op\":\"publish\",\"queue\":\"a\",\"subject\":\"b\"} | one of queue, topic",
                "{\"op\":\"publish\",\"queue\":\"a\"} | message or messages",
                "{\"op\":\"publish\",\"queue\":\"a\",\"messages\":[]} | there is none",
                "{\"op\":\"publish\",\"queue\":\"a\",\"message\":{}} | message: a message has one",
                "{\"op\":\"publish\",\"queue\":\"\",\"message\":{\"body\":\"\"}} | a name has",
                "{\"op\":\"publish\",\"queue\":7,\"message\":{\"body\":\"\"}} | queue: this is no"
                        + " text",
                "{\"op\":\"publish\",\"id\":\"1\",\"queue\":\"a\"} | id: this is no whole number",
                "{\"op\":\"publish\",\"id\":1.5,\"queue\":\"a\"} | id: this is no whole number",
                "{\"op\":\"publish\",\"queue\":\"a\",\"message\":{\"priority\":\"x\"}} |"
                        + " message.priority: this is no whole number",
                "{\"op\":\"subscribe\",\"queue\":\"a\"} | id: which one?",
                "{\"op\":\"subscribe\",\"id\":1,\"queue\":\"a\",\"position\":\"1\"} | position:"
                        + " not",
                "{\"op\":\"subscribe\",\"id\":1,\"queue\":\"a\",\"from\":\"next\"} | from: not for",
                "{\"op\":\"subscribe\",\"id\":1,\"subject\":\"a\",\"credit\":1} | credit: not for",
                "{\"op\":\"subscribe\",\"id\":1,\"queue\":\"none\"} | no queue 'none'",
                "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"none\"} | no topic 'none'",
                "{\"op\":\"credit\",\"id\":1,\"credit\":1} | no subscription 1",
                "{\"op\":\"accept\"} | lease or leases",
                "{\"op\":\"accept\",\"leases\":[null]} | a lease is null",
                "{\"op\":\"release\",\"lease\":\"a\",\"delayMs\":-1} | delayMs: from 0",
            })
    void what_makes_no_sense_is_told_and_the_connection_goes_on(String row) throws Exception {
        String[] parts = row.split(" \\| ?", 2);
        try (Page page = new Page(web)) {
            JsonNode error = page.ask(parts[0], "error");
            assertThat(error.get("message").asString()).contains(parts[1]);
            page.ask("{\"op\":\"subscribe\",\"id\":2,\"subject\":\"a\"}", "subscribed");
        }
    }

    @Test
    void the_id_is_told_where_the_rest_makes_no_sense() throws Exception {
        try (Page page = new Page(web)) {
            assertThat(page.ask("{\"op\":\"jump\",\"id\":12}", "error").get("id").asInt())
                    .isEqualTo(12);
        }
    }

    @Test
    void json_that_is_nested_without_end_is_refused() throws Exception {
        try (Page page = new Page(web)) {
            String deep = "[".repeat(200_000);
            page.ask("{\"op\":\"publish\",\"queue\":\"a\",\"message\":{\"json\":" + deep, "error");
            String many = "{\"op\":\"accept\",\"leases\":[" + "0,".repeat(300_000);
            page.ask(many, "error");
            page.ask("{\"op\":\"subscribe\",\"id\":2,\"subject\":\"a\"}", "subscribed");
        }
    }

    @Test
    void a_message_that_is_too_large_is_refused_and_a_frame_ends_the_connection() throws Exception {
        try (Page page = new Page(web)) {
            String large = "x".repeat((1 << 20) + 1);
            JsonNode error =
                    page.ask(
                            "{\"op\":\"publish\",\"queue\":\"a\",\"message\":{\"body\":\"%s\"}}"
                                    .formatted(large),
                            "error");
            assertThat(error.get("code").asString()).isEqualTo("TOO_LARGE");
            page.say(large + large);
            assertThat(page.closed().code()).isEqualTo(1009);
        }
    }

    @Test
    void binary_frames_end_the_connection() throws Exception {
        try (Page page = new Page(web)) {
            page.sayBinary("{}".getBytes(UTF_8));
            assertThat(page.closed().code()).isEqualTo(1003);
        }
    }

    /// What a browser has, as far as Node has it: with an Origin, and none of its own.
    @Test
    void a_client_in_javascript() throws Exception {
        Outcome outcome =
                ClientPackages.runNode(
                        "websocket.js", "ws://" + broker.address("http") + "/v1/ws", PAGE);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("ok");
    }
}
