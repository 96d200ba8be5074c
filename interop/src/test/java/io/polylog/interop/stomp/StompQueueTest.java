package io.polylog.interop.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.GetResponse;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit;
import io.polylog.interop.stomp.RawStomp.Frame;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Queues by STOMP, frame by frame.
class StompQueueTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "1.1", "1.2"})
    void a_message_comes_back_as_it_was_sent_in_every_version(String version) throws Exception {
        String queue = "/queue/versions" + version;
        String odd = version.equals("1.0") ? "a:b" : "a\\cb\\\\\\n";
        try (RawStomp stomp = RawStomp.on(broker, version)) {
            stomp.call("SEND", "hello\nworld", "destination:" + queue, "shop:" + odd, "x-id: 1");
            stomp.call("SUBSCRIBE", "", "id:0", "destination:" + queue);

            Frame got = stomp.message();
            assertThat(got.body()).isEqualTo("hello\nworld");
            assertThat(got.header("subscription")).isEqualTo("0");
            assertThat(got.header("destination")).isEqualTo(queue);
            assertThat(got.header("shop")).isEqualTo(odd);
            assertThat(got.header("x-id")).isEqualTo(version.equals("1.0") ? "1" : " 1");
            assertThat(got.header("redelivered")).isEqualTo("false");
            assertThat(got.header("content-length")).isEqualTo("11");
            assertThat(got.headers()).doesNotContainKeys("receipt", "ack");
            stomp.call("DISCONNECT", "");
            assertThat(stomp.read()).isEqualTo(-1);
        }
    }

    @Test
    void receipts_come_in_order_and_what_they_are_for_survives_a_restart() throws Exception {
        Path own = folder.resolve("restart");
        try (RunningBroker restarted = RunningBroker.on(own)) {
            try (RawStomp stomp = RawStomp.on(restarted)) {
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < 100; i++) {
                    all.append(
                            RawStomp.text(
                                    "SEND", "m" + i, "destination:/queue/kept", "receipt:" + i));
                }
                stomp.raw(all.toString());
                for (int i = 0; i < 100; i++) {
                    assertThat(stomp.frame().header("receipt-id")).isEqualTo("" + i);
                }
            }
            restarted.restart();
            try (RawStomp stomp = RawStomp.on(restarted)) {
                stomp.send("SUBSCRIBE", "", "id:0", "destination:/queue/kept");
                for (int i = 0; i < 100; i++) {
                    assertThat(stomp.message().body()).isEqualTo("m" + i);
                }
            }
        }
    }

    @Test
    void one_acknowledgement_stands_for_all_before_it_of_its_subscription() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.send("SUBSCRIBE", "", "id:a", "destination:/queue/client", "ack:client");
            for (int i = 0; i < 3; i++) {
                stomp.send("SEND", "m" + i, "destination:/queue/client");
            }
            stomp.message();
            Frame second = stomp.message();
            stomp.message();
            stomp.call("ACK", "", "id:" + second.header("ack"));
        }
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.send("SUBSCRIBE", "", "id:a", "destination:/queue/client");
            Frame left = stomp.message();
            assertThat(left.body()).isEqualTo("m2");
            assertThat(left.header("redelivered")).isEqualTo("true");
        }
    }

    @Test
    void each_message_is_acknowledged_alone_where_that_is_asked_for() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker, "1.1")) {
            stomp.send("SUBSCRIBE", "", "id:a", "destination:/queue/one", "ack:client-individual");
            stomp.send("SEND", "m0", "destination:/queue/one");
            stomp.send("SEND", "m1", "destination:/queue/one");
            stomp.message();
            Frame second = stomp.message();
            stomp.call("ACK", "", "subscription:a", "message-id:" + second.header("message-id"));
        }
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.send("SUBSCRIBE", "", "id:a", "destination:/queue/one");
            assertThat(stomp.message().body()).isEqualTo("m0");
            assertThat(stomp.isSilentFor(100)).isTrue();
        }
    }

    @Test
    void what_is_refused_comes_again_or_goes_to_the_dead_letters() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.call("SEND", "m", "destination:/queue/dead");
            stomp.call(
                    "SUBSCRIBE",
                    "",
                    "id:a",
                    "destination:/queue/refusing",
                    "ack:client-individual",
                    "x-dead-letter-exchange:",
                    "x-dead-letter-routing-key:dead");
            stomp.send("SEND", "bad", "destination:/queue/refusing");
            stomp.send("NACK", "", "id:" + stomp.message().header("ack"));
            Frame again = stomp.message();
            assertThat(again.header("redelivered")).isEqualTo("true");
            stomp.call("NACK", "", "id:" + again.header("ack"), "requeue:false");
            stomp.send("SUBSCRIBE", "", "id:b", "destination:/queue/dead");
            Frame alive = stomp.message();
            assertThat(alive.body()).isEqualTo("m");
            assertThat(alive.headers()).doesNotContainKeys("x-first-death-queue");
            Frame dead = stomp.message();
            assertThat(dead.body()).isEqualTo("bad");
            assertThat(dead.headers())
                    .containsEntry("x-first-death-exchange", "")
                    .containsEntry("x-first-death-queue", "refusing")
                    .containsEntry("x-first-death-reason", "rejected")
                    .containsEntry("x-last-death-queue", "refusing");
        }
    }

    @Test
    void a_dead_letter_of_another_protocol_says_where_it_died_first_and_last() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker);
                Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.channel.exchangeDeclare("morgue", "fanout", true);
            rabbit.queue("buried");
            rabbit.channel.queueBind("buried", "morgue", "");
            rabbit.channel.queueDeclare(
                    "sick", true, false, false, Map.of("x-dead-letter-exchange", "morgue"));
            rabbit.channel.queueDeclare(
                    "waiting",
                    true,
                    false,
                    false,
                    Map.of("x-dead-letter-exchange", "", "x-dead-letter-routing-key", "sick"));
            BasicProperties brief =
                    new BasicProperties.Builder()
                            .expiration("10")
                            .headers(Map.of("shop", "eu"))
                            .build();
            Rabbit.publish(rabbit.channel, "waiting", brief, "late");
            stomp.send("SUBSCRIBE", "", "id:a", "destination:/amq/queue/sick", "ack:client");
            Frame once = stomp.message();
            assertThat(once.headers())
                    .containsEntry("x-last-death-queue", "waiting")
                    .containsEntry("x-last-death-reason", "expired");
            stomp.send("NACK", "", "id:" + once.header("ack"), "requeue:false");
            stomp.send("SUBSCRIBE", "", "id:b", "destination:/amq/queue/buried");

            Frame twice = stomp.message();

            assertThat(twice.body()).isEqualTo("late");
            assertThat(twice.headers())
                    .containsEntry("shop", "eu")
                    .containsEntry("x-first-death-exchange", "")
                    .containsEntry("x-first-death-queue", "waiting")
                    .containsEntry("x-first-death-reason", "expired")
                    .containsEntry("x-last-death-exchange", "")
                    .containsEntry("x-last-death-queue", "sick")
                    .containsEntry("x-last-death-reason", "rejected")
                    .doesNotContainKeys("x-death", "expiration");
        }
    }

    @Test
    void no_more_is_sent_than_the_prefetch_until_it_is_acknowledged() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker)) {
            for (int i = 0; i < 3; i++) {
                stomp.call("SEND", "m" + i, "destination:/queue/prefetch");
            }
            stomp.send(
                    "SUBSCRIBE",
                    "",
                    "id:a",
                    "destination:/queue/prefetch",
                    "ack:client",
                    "prefetch-count:1");
            Frame first = stomp.message();
            assertThat(stomp.isSilentFor(100)).isTrue();
            stomp.send("ACK", "", "id:" + first.header("ack"));
            assertThat(stomp.message().body()).isEqualTo("m1");
        }
    }

    @Test
    void a_transaction_happens_wholly_or_not_at_all() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker)) {
            String to = "destination:/queue/tx";
            stomp.call("SEND", "first", to);
            stomp.send("SUBSCRIBE", "", "id:a", to, "ack:client-individual");
            Frame first = stomp.message();
            stomp.send("BEGIN", "", "transaction:t");
            stomp.send("SEND", "aborted", to, "transaction:t");
            stomp.send("ACK", "", "id:" + first.header("ack"), "transaction:t");
            stomp.call("ABORT", "", "transaction:t");

            stomp.send("BEGIN", "", "transaction:t");
            stomp.send("ACK", "", "id:" + first.header("ack"), "transaction:t");
            stomp.send("SEND", "second", to, "transaction:t");
            stomp.call("SEND", "third", to, "transaction:t");
            assertThat(stomp.isSilentFor(100)).isTrue();
            stomp.send("COMMIT", "", "transaction:t");
            assertThat(stomp.message().body()).isEqualTo("second");
            assertThat(stomp.message().body()).isEqualTo("third");
        }
    }

    @Test
    void amqp_and_stomp_read_each_other() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker);
                Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.queue("both");
            Rabbit.publish(
                    rabbit.channel,
                    "both",
                    new BasicProperties.Builder()
                            .contentType("text/plain")
                            .replyTo("answers")
                            .headers(Map.of("shop", "eu", "n", 7))
                            .build(),
                    "from amqp");
            stomp.send("SUBSCRIBE", "", "id:a", "destination:/amq/queue/both");
            Frame got = stomp.message();
            assertThat(got.body()).isEqualTo("from amqp");
            assertThat(got.headers())
                    .containsEntry("content-type", "text/plain")
                    .containsEntry("reply-to", "/reply-queue/answers")
                    .containsEntry("shop", "eu")
                    .containsEntry("n", "7");
            stomp.call("UNSUBSCRIBE", "", "id:a");

            stomp.call(
                    "SEND",
                    "from stomp",
                    "destination:/queue/both",
                    "correlation-id:c",
                    "shop:us",
                    "content-type:text/plain");
            GetResponse back = rabbit.channel.basicGet("both", true);
            assertThat(new String(back.getBody(), UTF_8)).isEqualTo("from stomp");
            assertThat(back.getProps().getCorrelationId()).isEqualTo("c");
            assertThat(back.getProps().getContentType()).isEqualTo("text/plain");
            assertThat(back.getProps().getHeaders().get("shop")).hasToString("us");
        }
    }

    @Test
    void a_request_is_answered_over_a_temporary_queue() throws Exception {
        try (RawStomp client = RawStomp.on(broker);
                RawStomp server = RawStomp.on(broker)) {
            server.call("SUBSCRIBE", "", "id:s", "destination:/queue/requests");
            client.send("SEND", "ping", "destination:/queue/requests", "reply-to:/temp-queue/here");
            Frame request = server.message();
            assertThat(request.header("reply-to")).startsWith("/reply-queue/");
            server.send("SEND", "pong", "destination:" + request.header("reply-to"));
            Frame reply = client.message();
            assertThat(reply.body()).isEqualTo("pong");
            assertThat(reply.header("subscription")).isEqualTo("/temp-queue/here");
        }
    }

    @Test
    void a_full_queue_that_refuses_says_so_to_who_asked_for_a_receipt() throws Exception {
        try (RawStomp stomp = RawStomp.on(broker)) {
            String[] headers = {
                "destination:/queue/full", "x-max-length:1", "x-overflow:reject-publish"
            };
            stomp.call("SEND", "m", headers);
            stomp.send("SEND", "n", headers);
            stomp.send("SEND", "o", "destination:/queue/full", "receipt:late");
            Frame error = stomp.error();
            assertThat(error.header("message")).isEqualTo("rejected");
            assertThat(error.header("receipt-id")).isEqualTo("late");
        }
    }

    @Test
    void each_subscription_to_a_queue_takes_what_its_selector_says() throws Exception {
        String queue = "destination:/queue/selected";
        try (RawStomp stomp = RawStomp.on(broker);
                RawStomp other = RawStomp.on(broker)) {
            stomp.call("SUBSCRIBE", "", "id:eu", queue, "selector:region = 'eu'");
            other.call("SUBSCRIBE", "", "id:us", queue, "selector:region = 'us'", "ack:client");
            stomp.call("SEND", "nobody", queue, "region:asia");
            stomp.call("SEND", "us", queue, "region:us");
            stomp.send("SEND", "eu", queue, "region:eu");
            assertThat(stomp.message().body()).isEqualTo("eu");
            Frame us = other.message();
            assertThat(us.body()).isEqualTo("us");
            other.call("NACK", "", "id:" + us.header("ack"));
            assertThat(other.message().header("redelivered")).isEqualTo("true");
            other.call("SUBSCRIBE", "", "id:all", queue);
            assertThat(other.message().body()).isEqualTo("nobody");
            other.send("SUBSCRIBE", "", "id:bad", queue, "selector:region = = 'eu'");
            assertThat(other.error().body()).contains("line 1, column 10: found =");
        }
    }

    @Test
    void a_durable_subscription_of_a_topic_keeps_its_place() throws Exception {
        try (Rabbit rabbit = Rabbit.on(broker)) {
            rabbit.channel.queueDeclare(
                    "log", true, false, false, Map.of("x-queue-type", "stream"));
        }
        List<String> seen = new java.util.ArrayList<>();
        for (int round = 0; round < 2; round++) {
            try (RawStomp stomp = RawStomp.on(broker)) {
                stomp.call(
                        "SUBSCRIBE",
                        "",
                        "id:a",
                        "destination:log::billing",
                        "ack:client",
                        "selector:region = 'eu'");
                stomp.send("SEND", "us" + round, "destination:log", "region:us");
                stomp.send("SEND", "eu" + round, "destination:log", "region:eu");
                Frame got = stomp.message();
                seen.add(got.body());
                stomp.call("ACK", "", "id:" + got.header("ack"));
            }
        }
        assertThat(seen).containsExactly("eu0", "eu1");
        try (RawStomp stomp = RawStomp.on(broker)) {
            stomp.send("SUBSCRIBE", "", "id:a", "destination:log", "x-stream-offset:offset=2");
            Frame third = stomp.message();
            assertThat(third.body()).isEqualTo("us1");
            assertThat(third.header("x-stream-offset")).isEqualTo("2");
        }
    }
}
