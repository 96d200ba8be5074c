package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.CancelCallback;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Requests to all who answer on a subject, whose replies come one by one or in one message, with
/// NATS' Java client.
class GatheringTest {
    private static final String COUNT = "Polylog-Gather-Count";
    private static final String WAIT = "Polylog-Gather-Wait-Ms";
    private static final String LONG = "60000";

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Jnats asks;
    private Jnats answers;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        asks = Jnats.on(broker);
        answers = Jnats.on(broker);
    }

    @AfterEach
    void disconnect() {
        asks.close();
        answers.close();
    }

    /// Each answers with its name, in the body and as a header.
    private void answerers(String subject, String... names) throws Exception {
        for (String name : names) {
            Dispatcher dispatcher =
                    answers.client.createDispatcher(request ->
                            answers.client.publish(
                                    request.getReplyTo(),
                                    new Headers().add("shop", name),
                                    (name + Jnats.text(request)).getBytes(UTF_8)));
            dispatcher.subscribe(subject);
        }
        answers.client.flush(Jnats.PATIENCE);
    }

    private Message gather(String subject, String count, String waitMs) throws Exception {
        Message question =
                NatsMessage.builder()
                        .subject("$POLYLOG.GATHER." + subject)
                        .headers(new Headers().add(COUNT, count).add(WAIT, waitMs))
                        .data("?")
                        .build();
        return asks.client.request(question).get(Jnats.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    private static JsonNode json(Message answer) {
        return JsonMapper.shared().readTree(answer.getData());
    }

    private static List<String> bodies(JsonNode answer) {
        return decoded(answer, "data");
    }

    private static List<String> decoded(JsonNode answer, String field) {
        return answer.get("replies")
                .valueStream()
                .map(reply -> Base64.getDecoder().decode(reply.get(field).asString()))
                .map(bytes -> new String(bytes, UTF_8))
                .toList();
    }

    @Test
    void all_replies_to_a_request_come_one_by_one() throws Exception {
        answerers("stock.each", "a", "b", "c");
        String inbox = asks.client.createInbox();
        Subscription replies = asks.subscribe(inbox);
        asks.client.publish("stock.each", inbox, "?".getBytes(UTF_8));

        assertThat(List.of(Jnats.next(replies), Jnats.next(replies), Jnats.next(replies)))
                .extracting(Jnats::text)
                .containsExactlyInAnyOrder("a?", "b?", "c?");
    }

    @Test
    void as_many_replies_as_are_wanted_come_in_one() throws Exception {
        answerers("stock.all", "a", "b", "c");
        JsonNode all = json(gather("stock.all", "3", LONG));
        assertThat(all.get("complete").asBoolean()).isTrue();
        assertThat(bodies(all)).containsExactlyInAnyOrder("a?", "b?", "c?");
        assertThat(decoded(all, "hdrs")).allMatch(block -> block.startsWith("NATS/1.0\r\nshop:"));

        JsonNode two = json(gather("stock.all", "2", LONG));
        assertThat(two.get("complete").asBoolean()).isTrue();
        assertThat(two.get("replies")).hasSize(2);
    }

    @Test
    void when_it_is_too_late_what_came_is_the_answer() throws Exception {
        answerers("stock.few", "a", "b");
        JsonNode few = json(gather("stock.few", "3", "300"));
        assertThat(few.get("complete").asBoolean()).isFalse();
        assertThat(bodies(few)).containsExactlyInAnyOrder("a?", "b?");
    }

    @Test
    void replies_that_are_more_than_a_message_takes_end_it() throws Exception {
        for (int i = 0; i < 2; i++) {
            answers.client
                    .createDispatcher(request ->
                            answers.client.publish(request.getReplyTo(), new byte[600_000]))
                    .subscribe("stock.large");
        }
        answers.client.flush(Jnats.PATIENCE);
        JsonNode one = json(gather("stock.large", "2", LONG));
        assertThat(one.get("complete").asBoolean()).isFalse();
        assertThat(one.get("replies")).hasSize(1);
    }

    @Test
    void workers_of_a_queue_of_another_protocol_may_answer() throws Exception {
        answerers("price.shoes", "nats");
        try (Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.channel.queueDeclare("prices", true, false, false, null);
            rabbit.channel.queueBind("prices", "amq.topic", "price.*");
            rabbit.channel.basicConsume(
                    "prices",
                    true,
                    (_, asked) ->
                            rabbit.channel.basicPublish(
                                    "amq.topic",
                                    asked.getProperties().getReplyTo().replace("/topic/", ""),
                                    new AMQP.BasicProperties(),
                                    "amqp?".getBytes(UTF_8)),
                    (CancelCallback) _ -> {});
            assertThat(bodies(json(gather("price.shoes", "2", LONG))))
                    .containsExactlyInAnyOrder("nats?", "amqp?");
        }
    }

    @Test
    void where_nobody_answers_it_is_said_at_once() {
        assertThatThrownBy(() -> gather("nobody.here", "1", LONG))
                .isInstanceOf(CancellationException.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 10, " + COUNT, "1001, 10, " + COUNT, "1, x, " + WAIT, "1, 60001, " + WAIT})
    void what_makes_no_sense_is_refused(String count, String waitMs, String wrong)
            throws Exception {
        JsonNode error = json(gather("a.b", count, waitMs)).get("error");
        assertThat(error.get("code").asInt()).isEqualTo(400);
        assertThat(error.get("description").asString()).startsWith(wrong + ": from 1 to ");
    }
}
