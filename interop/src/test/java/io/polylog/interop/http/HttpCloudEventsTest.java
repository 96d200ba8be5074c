package io.polylog.interop.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.GetResponse;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Events of CloudEvents 1.0 in and out over HTTP, in the modes of its HTTP binding.
class HttpCloudEventsTest extends HttpScene {
    private static final String STRUCTURED = "application/cloudevents+json";
    private static final String BATCH = "application/cloudevents-batch+json";

    private static JsonNode pulled(String queue) throws Exception {
        return web.post("/queues/" + queue + "/pull?max=10", "", "Accept", BATCH).with(200);
    }

    @Test
    void binary_mode() throws Exception {
        web.ask("PUT", "/queues/binary").with(201);
        web.post(
                        "/queues/binary/messages",
                        "{\"total\":9.5}",
                        "Content-Type",
                        "application/json",
                        "ce-specversion",
                        "1.0",
                        "ce-id",
                        "e-1",
                        "ce-source",
                        "/shop",
                        "ce-type",
                        "OrderPlaced",
                        "ce-city",
                        "K%C3%B6ln",
                        "ce-time",
                        "2026-01-31T12:00:00Z")
                .with(200);
        JsonNode event = pulled("binary").get(0);
        assertThat(event.get("id").asString()).isEqualTo("e-1");
        assertThat(event.get("source").asString()).isEqualTo("/shop");
        assertThat(event.get("type").asString()).isEqualTo("OrderPlaced");
        assertThat(event.get("city").asString()).isEqualTo("Köln");
        assertThat(event.get("time").asString()).isEqualTo("2026-01-31T12:00:00Z");
        assertThat(event.get("data").toString()).isEqualTo("{\"total\":9.5}");
        web.ask("POST", "/leases/" + event.get("polyloglease").asString() + "/accept").with(200);
    }

    @Test
    void structured_mode_is_whole_to_others() throws Exception {
        web.ask("PUT", "/queues/structured").with(201);
        web.post(
                        "/queues/structured/messages",
                        "{\"specversion\":\"1.0\",\"id\":\"e-2\",\"source\":\"/shop\",\"type\":"
                                + "\"OrderPlaced\",\"shop\":\"eu\",\"datacontenttype\":"
                                + "\"application/json\",\"data\":{\"total\":9.5}}",
                        "Content-Type",
                        STRUCTURED + "; charset=utf-8")
                .with(200);
        GetResponse got = Objects.requireNonNull(rabbit.channel.basicGet("structured", true));
        assertThat(got.getBody()).asString().isEqualTo("{\"total\":9.5}");
        assertThat(got.getProps().getContentType()).isEqualTo("application/json");
        assertThat(got.getProps().getMessageId()).isEqualTo("e-2");
        assertThat(got.getProps().getType()).isEqualTo("OrderPlaced");
        assertThat(got.getProps().getHeaders().get("ce-shop")).hasToString("eu");
    }

    @Test
    void a_batch_is_one_request() throws Exception {
        web.ask("PUT", "/queues/batch").with(201);
        web.post(
                        "/queues/batch/messages",
                        "[{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"/s\",\"type\":\"T\"},"
                                + "{\"specversion\":\"1.0\",\"id\":\"b\",\"source\":\"/s\","
                                + "\"type\":\"T\",\"data_base64\":\"AP8=\"}]",
                        "Content-Type",
                        BATCH)
                .with(200);
        JsonNode both = pulled("batch");
        assertThat(both).hasSize(2);
        assertThat(both.at("/0/id").asString()).isEqualTo("a");
        assertThat(both.at("/1/data_base64").asString()).isEqualTo("AP8=");
    }

    @Test
    void what_is_no_event_becomes_one() throws Exception {
        web.ask("PUT", "/queues/plain").with(201);
        web.post("/queues/plain/messages", "hello", "Content-Type", "text/plain", "X-Type", "Hi")
                .with(200);
        JsonNode event = pulled("plain").get(0);
        assertThat(event.get("specversion").asString()).isEqualTo("1.0");
        assertThat(event.get("id").asString()).isEqualTo("plain-0-0");
        assertThat(event.get("source").asString()).isEqualTo("/topics/plain");
        assertThat(event.get("type").asString()).isEqualTo("Hi");
        assertThat(event.get("data").asString()).isEqualTo("hello");
        assertThat(event.get("polylogattempt").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                STRUCTURED + " | {\"specversion\":\"1.0\"} | the event has no",
                STRUCTURED + " | [] | the event is no JSON object",
                STRUCTURED
                        + " | {\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"/s\","
                        + "\"type\":\"T\"} | specversion must be 1.0",
                BATCH + " | {} | the events are no JSON array",
                BATCH + " | [] | there is no event",
                BATCH + " | [{}] | event 0: the event has no",
                STRUCTURED
                        + " | {\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\","
                        + "\"type\":\"T\",\"time\":\"noon\"} | time is no time of RFC 3339",
            })
    void what_is_no_event_is_refused(String type, String body, String why) throws Exception {
        web.ask("PUT", "/queues/refusing");
        JsonNode error =
                web.post("/queues/refusing/messages", body, "Content-Type", type).with(400);
        assertThat(error.get("message").asString()).contains(why);
    }

    @ParameterizedTest
    @CsvSource({BATCH + ", '[', ']'", Web.BATCH + ", '{\"messages\":[', ']}'"})
    void what_would_become_far_more_than_it_is_is_not_read(String type, String from, String to)
            throws Exception {
        web.ask("PUT", "/queues/swelling");
        String body = from + "{},".repeat(130_000) + "{}" + to;
        JsonNode error =
                web.post("/queues/swelling/messages", body, "Content-Type", type).with(400);
        assertThat(error.get("message").asString()).containsIgnoringCase("token count");
    }
}
