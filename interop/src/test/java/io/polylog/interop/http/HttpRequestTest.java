package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.CancelCallback;
import io.nats.client.Dispatcher;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.nats.Jnats;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Requests over HTTP that clients of other protocols answer.
class HttpRequestTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private static Web web;
    private static Jnats nats;

    @BeforeAll
    static void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), "listen.ports.http=auto");
        web = new Web(broker);
        nats = Jnats.on(broker);
    }

    @AfterAll
    static void stop() throws Exception {
        nats.close();
        web.close();
        broker.close();
    }

    /// One that answers each request on the subject with its name and the question.
    private static void answerer(String subject, String name) throws Exception {
        Dispatcher dispatcher =
                nats.client.createDispatcher(request ->
                        nats.client.publish(
                                request.getReplyTo(),
                                (name + " " + new String(request.getData(), UTF_8))
                                        .getBytes(UTF_8)));
        dispatcher.subscribe(subject);
        nats.client.flush(Jnats.PATIENCE);
    }

    @Test
    void the_first_reply_is_the_answer() throws Exception {
        answerer("stock.shoes", "nats");
        JsonNode answer = web.post("/subjects/stock.shoes/requests", "red?").with(200);
        assertThat(answer.get("complete").asBoolean()).isTrue();
        assertThat(answer.at("/replies/0/body").asString()).isEqualTo("nats red?");
    }

    @Test
    void an_event_in_the_headers_can_be_answered_too() throws Exception {
        answerer("stock.events", "nats");
        JsonNode answer =
                web.post(
                                "/subjects/stock.events/requests",
                                "red?",
                                "ce-specversion",
                                "1.0",
                                "ce-id",
                                "1",
                                "ce-type",
                                "question",
                                "ce-source",
                                "/shop")
                        .with(200);
        assertThat(answer.at("/replies/0/body").asString()).isEqualTo("nats red?");
    }

    @Test
    void replies_of_all_are_gathered_until_there_are_enough() throws Exception {
        for (int i = 0; i < 5; i++) {
            answerer("stock.all", "n" + i);
        }
        JsonNode all = web.post("/subjects/stock.all/requests?count=5&waitMs=20000", "?").with(200);
        assertThat(all.get("complete").asBoolean()).isTrue();
        assertThat(all.get("replies").valueStream().map(r -> r.get("body").asString()))
                .containsExactlyInAnyOrder("n0 ?", "n1 ?", "n2 ?", "n3 ?", "n4 ?");

        JsonNode some = web.post("/subjects/stock.all/requests?count=9&waitMs=500", "?").with(200);

        assertThat(some.get("complete").asBoolean()).isFalse();
        assertThat(some.get("replies")).hasSize(5);
    }

    @Test
    void a_queue_of_workers_may_answer() throws Exception {
        try (Rabbit rabbit = Rabbit.on(Rabbit.factory(broker))) {
            rabbit.channel.queueDeclare("prices", true, false, false, null);
            rabbit.channel.queueBind("prices", "amq.topic", "price.*");
            rabbit.channel.basicConsume(
                    "prices",
                    true,
                    (_, asked) -> {
                        String to = asked.getProperties().getReplyTo();
                        String topic = to.startsWith("/topic/") ? "amq.topic" : "";
                        rabbit.channel.basicPublish(
                                topic,
                                to.replace("/topic/", ""),
                                new AMQP.BasicProperties(),
                                "9.50".getBytes(UTF_8));
                    },
                    (CancelCallback) _ -> {});
            JsonNode answer = web.post("/subjects/price.shoes/requests", "?").with(200);
            assertThat(answer.at("/replies/0/body").asString()).isEqualTo("9.50");
        }
    }

    @Test
    void where_nobody_listens_it_is_said_at_once() throws Exception {
        JsonNode error = web.post("/subjects/nobody.here/requests?waitMs=60000", "?").with(404);
        assertThat(error.get("code").asString()).isEqualTo("NO_RESPONDERS");
    }

    @ParameterizedTest
    @CsvSource({"count=0", "count=1001", "waitMs=x", "waitMs=60001"})
    void what_makes_no_sense_is_refused(String query) throws Exception {
        assertThat(web.post("/subjects/a.b/requests?" + query, "?").with(400).toString())
                .contains(query.split("=")[0] + ": from 1 to");
    }
}
