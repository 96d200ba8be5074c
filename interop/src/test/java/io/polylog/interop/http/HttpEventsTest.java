package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Server-Sent Events of subjects and topics, as a browser's EventSource reads them.
@Timeout(60)
class HttpEventsTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private static Web web;

    @BeforeAll
    static void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
        web = new Web(broker);
    }

    @AfterAll
    static void stop() throws Exception {
        web.close();
        broker.close();
    }

    @Test
    void a_reader_of_a_subject_sees_what_any_protocol_publishes_there() throws Exception {
        try (EventSource all = new EventSource(web, "/subjects/shop.%3E/events");
                EventSource one = new EventSource(web, "/subjects/shop.*.orders/events");
                Rabbit rabbit = Rabbit.on(Rabbit.factory(broker))) {
            rabbit.channel.basicPublish("amq.topic", "shop.eu", null, "amqp".getBytes(UTF_8));
            assertThat(all.next().get("body").asString()).isEqualTo("amqp");
            web.post("/subjects/shop.eu.orders/messages", "http").with(200);

            JsonNode event = one.next();

            assertThat(event.get("body").asString()).isEqualTo("http");
            assertThat(event.get("subject").asString()).isEqualTo("shop.eu.orders");
            assertThat(all.next().get("body").asString()).isEqualTo("http");
        }
    }

    @Test
    void a_reader_of_a_topic_goes_on_where_it_was() throws Exception {
        web.ask("PUT", "/topics/clicks", BodyPublishers.ofString("{\"partitions\":2}")).with(201);
        for (int i = 0; i < 20; i++) {
            web.post("/topics/clicks/messages", "n" + i, "X-Key", "k" + i).with(200);
        }
        List<String> seen = new ArrayList<>();
        String id;
        try (EventSource first = new EventSource(web, "/topics/clicks/events?from=first")) {
            for (int i = 0; i < 13; i++) {
                seen.add(first.next().get("body").asString());
            }
            id = first.id();
        }
        try (EventSource second =
                new EventSource(web, "/topics/clicks/events", "Last-Event-ID", id)) {
            for (int i = 0; i < 7; i++) {
                seen.add(second.next().get("body").asString());
            }
            web.post("/topics/clicks/messages", "new").with(200);
            seen.add(second.next().get("body").asString());
        }
        assertThat(seen).hasSize(21).doesNotHaveDuplicates().endsWith("new");
    }

    @Test
    void the_next_is_only_what_comes() throws Exception {
        web.ask("PUT", "/topics/ticks").with(201);
        web.post("/topics/ticks/messages", "old").with(200);
        try (EventSource next = new EventSource(web, "/topics/ticks/events")) {
            web.post("/topics/ticks/messages", "new").with(200);
            assertThat(next.next().get("body").asString()).isEqualTo("new");
            assertThat(next.id()).isEqualTo("2");
        }
    }

    @Test
    void a_reader_that_is_slow_gets_all_of_a_topic() throws Exception {
        web.ask("PUT", "/topics/large").with(201);
        String body = "x".repeat(900_000);
        for (int i = 0; i < 12; i++) {
            web.post("/topics/large/messages", body).with(200);
        }
        try (EventSource slow = new EventSource(web, "/topics/large/events?from=first")) {
            for (int i = 0; i < 12; i++) {
                assertThat(slow.next().get("offset").asInt()).isEqualTo(i);
            }
        }
    }

    @Test
    void what_cannot_be_read_is_refused() throws Exception {
        assertThat(web.ask("GET", "/topics/none/events").with(404).toString())
                .contains("no topic 'none'");
        web.ask("PUT", "/queues/some").with(201);
        assertThat(web.ask("GET", "/topics/some/events").with(404).toString())
                .contains("is a queue");
        web.ask("PUT", "/topics/few").with(201);
        assertThat(
                        web.ask(
                                        "GET",
                                        "/topics/few/events",
                                        BodyPublishers.noBody(),
                                        "Last-Event-ID",
                                        "1,x")
                                .with(400)
                                .toString())
                .contains("Last-Event-ID");
    }
}
