package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.GetResponse;
import io.polylog.interop.nats.Jnats;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// Publishing, subscribing and settling over the WebSocket of the http port (docs/websocket.md),
/// beside clients of other protocols.
@Timeout(60)
class HttpWebSocketTest extends HttpScene {
    private static void queue(String name) throws Exception {
        web.ask("PUT", "/queues/" + name).with(201);
    }

    private static String lease(JsonNode message) {
        return message.get("lease").asString();
    }

    @Test
    void what_a_page_publishes_others_get_and_what_others_publish_it_gets() throws Exception {
        queue("shop");
        try (Page page = new Page(web)) {
            JsonNode published =
                    page.ask(
                            """
                            {"op":"publish","id":1,"queue":"shop",
                             "message":{"json":{"total":49.90},"key":"k","headers":{"a":1}}}\
                            """,
                            "published");

            assertThat(published.get("id").asInt()).isEqualTo(1);
            assertThat(published.at("/messages/0").toString())
                    .isEqualTo("{\"topic\":\"shop\",\"partition\":0,\"offset\":0}");
            GetResponse got = Objects.requireNonNull(rabbit.channel.basicGet("shop", true));
            assertThat(new String(got.getBody(), UTF_8)).isEqualTo("{\"total\":49.90}");

            page.ask("{\"op\":\"subscribe\",\"id\":2,\"queue\":\"shop\"}", "subscribed");
            rabbit.channel.basicPublish("", "shop", null, "from amqp".getBytes(UTF_8));
            JsonNode message = page.next("message");

            assertThat(message.get("subscription").asInt()).isEqualTo(2);
            assertThat(message.get("body").asString()).isEqualTo("from amqp");
            assertThat(message.get("attempt").asInt()).isEqualTo(1);
            page.ask(
                    "{\"op\":\"accept\",\"id\":3,\"lease\":\"" + lease(message) + "\"}", "settled");
            assertThat(count("shop", "unsettled")).isZero();
            assertThat(count("shop", "messages")).isZero();
        }
    }

    @Test
    void what_is_released_comes_again_and_what_is_rejected_is_a_dead_letter() throws Exception {
        queue("dead");
        web.ask("PUT", "/queues/risky", BodyPublishers.ofString("{\"deadLetters\":\"dead\"}"))
                .with(201);
        try (Page page = new Page(web)) {
            page.ask("{\"op\":\"subscribe\",\"id\":1,\"queue\":\"risky\"}", "subscribed");
            page.say("{\"op\":\"publish\",\"queue\":\"risky\",\"message\":{\"body\":\"x\"}}");
            JsonNode first = page.next("message");
            page.say("{\"op\":\"release\",\"lease\":\"" + lease(first) + "\",\"delayMs\":100}");

            JsonNode again = page.next("message");

            assertThat(again.get("attempt").asInt()).isEqualTo(2);
            JsonNode late =
                    page.ask(
                            "{\"op\":\"accept\",\"id\":7,\"lease\":\"" + lease(first) + "\"}",
                            "error");
            assertThat(late.get("code").asString()).isEqualTo("GONE");
            assertThat(late.get("id").asInt()).isEqualTo(7);
            page.ask(
                    "{\"op\":\"reject\",\"id\":8,\"lease\":\""
                            + lease(again)
                            + "\",\"reason\":\"no such customer\"}",
                    "settled");
            page.ask("{\"op\":\"subscribe\",\"id\":2,\"queue\":\"dead\"}", "subscribed");
            JsonNode dead = page.next("message");
            assertThat(dead.at("/deaths/0/lastError").asString()).isEqualTo("no such customer");
        }
    }

    @Test
    void who_hangs_up_gives_back_at_once_what_it_has_not_settled() throws Exception {
        queue("left");
        web.post("/queues/left/messages", "a").with(200);
        web.post("/queues/left/messages", "b").with(200);
        try (Page first = new Page(web);
                Page second = new Page(web)) {
            first.ask(
                    "{\"op\":\"subscribe\",\"id\":1,\"queue\":\"left\",\"credit\":1}",
                    "subscribed");
            first.next("message");
            assertThat(count("left", "unsettled")).isEqualTo(1);
            first.hangUp();
            Awaitility.await().until(() -> count("left", "unsettled") == 0);

            second.ask("{\"op\":\"subscribe\",\"id\":1,\"queue\":\"left\"}", "subscribed");

            JsonNode message = second.next("message");
            assertThat(message.get("body").asString()).isEqualTo("a");
            assertThat(message.get("attempt").asInt()).isEqualTo(2);
            assertThat(second.next("message").get("attempt").asInt()).isEqualTo(1);
        }
    }

    @Test
    void a_page_hears_subjects_and_reads_topics_as_they_come() throws Exception {
        web.ask("PUT", "/topics/clicks", BodyPublishers.ofString("{\"partitions\":2}")).with(201);
        for (int i = 0; i < 6; i++) {
            web.post("/topics/clicks/messages", "n" + i, "X-Key", "k" + i).with(200);
        }
        List<String> seen = new ArrayList<>();
        String position = "";
        try (Page page = new Page(web);
                Jnats nats = Jnats.on(broker)) {
            page.ask("{\"op\":\"subscribe\",\"id\":1,\"subject\":\"shop.>\"}", "subscribed");
            nats.client.publish("shop.eu.orders", "from nats".getBytes(UTF_8));
            JsonNode heard = page.next("message");
            assertThat(heard.get("subscription").asInt()).isEqualTo(1);
            assertThat(heard.get("subject").asString()).isEqualTo("shop.eu.orders");
            assertThat(heard.get("body").asString()).isEqualTo("from nats");
            assertThat(heard.has("lease")).isFalse();
            page.say(
                    "{\"op\":\"publish\",\"subject\":\"shop.us\","
                            + "\"message\":{\"bodyBase64\":\"/w==\"}}");
            assertThat(page.next("message").get("bodyBase64").asString()).isEqualTo("/w==");
            page.ask("{\"op\":\"unsubscribe\",\"id\":1}", "unsubscribed");

            page.say("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"clicks\",\"from\":\"first\"}");
            page.nextOf("subscribed");
            for (int i = 0; i < 4; i++) {
                JsonNode read = page.nextOf("message");
                seen.add(read.get("body").asString());
                position = read.get("position").asString();
            }
        }
        try (Page page = new Page(web)) {
            page.say(
                    "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"clicks\",\"position\":\"%s\"}"
                            .formatted(position));
            page.nextOf("subscribed");
            for (int i = 0; i < 2; i++) {
                seen.add(page.nextOf("message").get("body").asString());
            }
        }
        assertThat(seen).containsExactlyInAnyOrder("n0", "n1", "n2", "n3", "n4", "n5");
    }

    @Test
    void a_subscription_of_a_topic_has_leases_and_credit_says_how_many() throws Exception {
        web.ask("PUT", "/topics/bills").with(201);
        try (Page page = new Page(web)) {
            page.ask(
                    "{\"op\":\"subscribe\",\"id\":5,\"topic\":\"bills\",\"subscription\":\"pdf\","
                            + "\"credit\":2}",
                    "subscribed");
            page.ask(
                    "{\"op\":\"publish\",\"topic\":\"bills\",\"messages\":[{\"body\":\"a\"},"
                            + "{\"body\":\"b\"},{\"body\":\"c\"},{\"body\":\"d\"}]}",
                    "message");
            JsonNode second = page.next("message");
            assertThat(page.isSilent()).isTrue();

            page.say("{\"op\":\"accept\",\"lease\":\"" + lease(second) + "\"}");

            assertThat(page.next("message").get("body").asString()).isEqualTo("c");
            assertThat(page.isSilent()).isTrue();
            page.say("{\"op\":\"credit\",\"id\":5,\"credit\":3}");
            assertThat(page.next("message").get("body").asString()).isEqualTo("d");
        }
    }

    @Test
    void a_lease_with_a_time_ends_by_itself_unless_it_is_renewed() throws Exception {
        queue("timed");
        web.post("/queues/timed/messages", "a").with(200);
        try (Page page = new Page(web)) {
            page.ask(
                    "{\"op\":\"subscribe\",\"id\":1,\"queue\":\"timed\",\"leaseMs\":1000}",
                    "subscribed");
            JsonNode first = page.next("message");
            page.ask("{\"op\":\"renew\",\"id\":2,\"lease\":\"" + lease(first) + "\"}", "settled");

            JsonNode again = page.next("message");

            assertThat(again.get("attempt").asInt()).isEqualTo(2);
            page.ask("{\"op\":\"renew\",\"id\":3,\"lease\":\"" + lease(first) + "\"}", "error");
            JsonNode both =
                    page.ask(
                            "{\"op\":\"accept\",\"id\":4,\"leases\":[\"%s\",\"%s\"]}"
                                    .formatted(lease(first), lease(again)),
                            "settled");
            assertThat(both.get("settled").asInt()).isEqualTo(1);
            assertThat(both.at("/gone/0").asString()).isEqualTo(lease(first));
        }
    }

    @Test
    void a_subscription_whose_queue_is_deleted_ends_and_the_connection_goes_on() throws Exception {
        queue("brief");
        try (Page page = new Page(web)) {
            page.ask("{\"op\":\"subscribe\",\"id\":1,\"queue\":\"brief\"}", "subscribed");
            web.ask("DELETE", "/queues/brief").with(200);
            JsonNode ended = page.next("ended");
            assertThat(ended.get("subscription").asInt()).isEqualTo(1);
            assertThat(ended.get("code").asString()).isEqualTo("NOT_FOUND");
            page.ask("{\"op\":\"subscribe\",\"id\":1,\"subject\":\"a\"}", "subscribed");
        }
    }

    @Test
    void what_is_refused_of_a_publish_is_told_by_its_id() throws Exception {
        try (Page page = new Page(web)) {
            JsonNode error =
                    page.ask(
                            "{\"op\":\"publish\",\"id\":9,\"queue\":\"none\","
                                    + "\"message\":{\"body\":\"x\"}}",
                            "error");
            assertThat(error.get("id").asInt()).isEqualTo(9);
            assertThat(error.get("code").asString()).isEqualTo("NOT_FOUND");
            assertThat(error.get("hint").asString()).contains("PUT /v1/queues");
            assertThat(error.at("/messages/0/code").asString()).isEqualTo("NOT_FOUND");
        }
    }

    /// Messages of this size are read beside the loop; what comes behind them waits.
    @Test
    void large_messages_keep_their_place() throws Exception {
        queue("large");
        String large = "x".repeat(900_000);
        try (Page page = new Page(web)) {
            for (int i = 0; i < 6; i++) {
                String body = (i % 2 == 0 ? large : "") + i;
                page.say(
                        ("{\"op\":\"publish\",\"id\":%d,\"queue\":\"large\","
                                        + "\"message\":{\"body\":\"%s\"}}")
                                .formatted(i, body));
            }
            for (int i = 0; i < 6; i++) {
                JsonNode published = page.next("published");
                assertThat(published.get("id").asInt()).isEqualTo(i);
                assertThat(published.at("/messages/0/offset").asInt()).isEqualTo(i);
            }
            page.ask("{\"op\":\"subscribe\",\"id\":1,\"queue\":\"large\"}", "subscribed");
            for (int i = 0; i < 6; i++) {
                assertThat(page.next("message").get("body").asString()).endsWith("" + i);
            }
        }
    }

    @Test
    void a_connection_has_at_most_a_thousand_subscriptions() throws Exception {
        try (Page page = new Page(web)) {
            for (int i = 0; i < 1_001; i++) {
                page.say("{\"op\":\"subscribe\",\"id\":%d,\"subject\":\"a.%d\"}".formatted(i, i));
            }
            for (int i = 0; i < 1_000; i++) {
                page.next("subscribed");
            }
            JsonNode error = page.next("error");
            assertThat(error.get("id").asInt()).isEqualTo(1_000);
            assertThat(error.get("code").asString()).isEqualTo("BUSY");
            page.ask("{\"op\":\"unsubscribe\",\"id\":7}", "unsubscribed");
            page.ask("{\"op\":\"subscribe\",\"id\":1000,\"subject\":\"a\"}", "subscribed");
        }
    }

    /// What is kept waits where it is kept; what is not is told as a number.
    @Test
    void a_page_that_reads_slowly_gets_all_that_is_kept_and_hears_what_it_missed()
            throws Exception {
        int count = 100;
        web.ask("PUT", "/topics/slow").with(201);
        String large = "x".repeat(900_000);
        try (Page page = new Page(web);
                Page other = new Page(web)) {
            page.ask("{\"op\":\"subscribe\",\"id\":1,\"subject\":\"loud\"}", "subscribed");
            page.ask("{\"op\":\"subscribe\",\"id\":2,\"topic\":\"slow\"}", "subscribed");
            page.pause();
            for (int i = 0; i < count; i++) {
                String place = i % 5 == 0 ? "\"topic\":\"slow\"" : "\"subject\":\"loud\"";
                other.ask(
                        "{\"op\":\"publish\",\"id\":%d,%s,\"message\":{\"body\":\"%s\"}}"
                                .formatted(i, place, large),
                        "published");
            }
            page.goOn();

            int kept = 0;
            int heard = 0;
            int missed = 0;
            while (kept + heard + missed < count) {
                JsonNode next = page.nextOf("message", "missed");
                boolean isMissed = next.get("op").asString().equals("missed");
                missed += isMissed ? next.get("count").asInt() : 0;
                kept += next.get("subscription").asInt() == 2 ? 1 : 0;
                heard += !isMissed && next.get("subscription").asInt() == 1 ? 1 : 0;
            }
            assertThat(kept).isEqualTo(count / 5);
            assertThat(missed).isBetween(20, 70);
        }
    }
}
