package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.GetResponse;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Bindings made, listed and removed over HTTP, beside those of AMQP (docs/http.md).
class HttpBindingsTest extends HttpScene {
    private static final String ASKING =
            "{\"key\":\"orders.*\",\"filter\":\"cel:json.total >"
                    + " 100\",\"transform\":{\"mask\":[\"/card\"]}}";

    private static Web.Reply put(String path, String body) throws Exception {
        return web.ask("PUT", path, BodyPublishers.ofString(body));
    }

    private static void publish(String subject, String json) throws Exception {
        web.post("/subjects/" + subject + "/messages", json, "Content-Type", "application/json")
                .with(200);
    }

    @Test
    void a_binding_made_over_http_asks_and_makes() throws Exception {
        web.ask("PUT", "/queues/large").with(201);
        web.ask("PUT", "/topics/all").with(201);
        JsonNode made = put("/queues/large/bindings", ASKING).with(201);
        assertThat(put("/queues/large/bindings", ASKING).with(200)).isEqualTo(made);
        put("/topics/all/bindings", "{\"key\":\"orders.#\"}").with(201);
        publish("orders.eu", "{\"total\":150,\"card\":\"4111\"}");
        publish("orders.eu", "{\"total\":50,\"card\":\"4222\"}");

        GetResponse got = rabbit.channel.basicGet("large", true);
        JsonNode body = Web.read(got.getBody());
        assertThat(body).isEqualTo(Web.read("{\"total\":150,\"card\":\"***\"}".getBytes(UTF_8)));
        assertThat(rabbit.channel.basicGet("large", true)).isNull();
        assertThat(web.ask("GET", "/topics/all").with(200).get("messages").asInt()).isEqualTo(2);

        rabbit.channel.queueBind("large", "amq.direct", "k", Map.of("x-polylog-filter", "a = 1"));
        JsonNode listed = web.ask("GET", "/queues/large/bindings").with(200).get("bindings");
        assertThat(listed).hasSize(2);
        assertThat(listed.get(1)).isEqualTo(made);
        assertThat(listed.get(0).get("exchange").asString()).isEqualTo("amq.direct");
        assertThat(listed.get(0).get("filter").asString()).isEqualTo("a = 1");
        assertThat(made.get("exchange").asString()).isEqualTo("amq.topic");
        assertThat(made.get("transform").get("mask").get(0).asString()).isEqualTo("/card");
        for (JsonNode each : listed) {
            String path = "/queues/large/bindings/" + each.get("id").asString();
            assertThat(web.ask("DELETE", path).with(200)).isEqualTo(each);
            web.ask("DELETE", path).with(404);
        }
        assertThat(web.ask("GET", "/queues/large/bindings").with(200).get("bindings")).isEmpty();
        publish("orders.eu", "{\"total\":150}");
        assertThat(rabbit.channel.basicGet("large", true)).isNull();
    }

    @Test
    void what_makes_no_sense_is_refused_with_the_place() throws Exception {
        web.ask("PUT", "/queues/wrong").with(201);
        String path = "/queues/wrong/bindings";
        assertThat(message(put(path, "{\"key\":\"a\",\"filter\":\"cel:total > 1\"}"), 400))
                .contains("filter, line 1, column 5: undeclared reference to 'total'");
        assertThat(message(put(path, "{\"key\":\"a\",\"transform\":{\"hide\":[]}}"), 400))
                .contains("transform, 'hide' is none of");
        assertThat(message(put(path, "{\"pattern\":\"a\"}"), 400)).contains("pattern");
        assertThat(message(put(path, "{\"exchange\":\"\",\"key\":\"a\"}"), 400))
                .contains("default exchange");
        assertThat(message(put(path, "{\"exchange\":\"none\",\"key\":\"a\"}"), 404))
                .contains("no exchange 'none'");
        message(put("/topics/wrong/bindings", "{\"key\":\"a\"}"), 404);
        message(put("/queues/none/bindings", "{\"key\":\"a\"}"), 404);
        assertThat(web.ask("GET", path).with(200).get("bindings")).isEmpty();
    }

    private static String message(Web.Reply reply, int status) {
        return reply.with(status).get("message").asString();
    }

    @Test
    void a_queue_is_made_with_a_filter_a_transformation_and_fair_share() throws Exception {
        String order =
                "{\"filter\":\"cel:json.total > 100\",\"transform\":{\"mask\":[\"/card\"]},"
                        + "\"fairShare\":\"header:tenant\"}";
        put("/queues/fair", order).with(201);
        put("/queues/fair", order).with(200);
        put("/queues/fair", "{\"fairShare\":\"key\"}").with(409);
        message(put("/queues/unfair", "{\"fairShare\":\"tenant\"}"), 400);
        message(put("/queues/unfair", "{\"filter\":\"a = = 1\"}"), 400);
        String path = "/queues/fair/messages";
        for (String tenant : new String[] {"a", "a", "b"}) {
            for (int total : new int[] {50, 150}) {
                String json =
                        "{\"messages\":[{\"headers\":{\"tenant\":\"%s\"},".formatted(tenant)
                                + "\"json\":{\"total\":%d,\"card\":4}}]}".formatted(total);
                web.batch(path, json).with(200);
            }
        }
        JsonNode pulled = web.post("/queues/fair/pull", "{\"max\":10}").with(200).get("messages");
        assertThat(pulled).hasSize(3);
        assertThat(pulled.get(1).get("headers").get("tenant").asString()).isEqualTo("b");
        assertThat(pulled.get(0).get("body").asString())
                .isEqualTo("{\"total\":150,\"card\":\"***\"}");
    }
}
