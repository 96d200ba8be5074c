package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.nats.client.Message;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Subjects that count what is published on them (ADR-49), as a client sees them.
class CounterTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Jnats nats;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void makeStream() throws Exception {
        nats = Jnats.on(broker);
        nats.client
                .jetStreamManagement()
                .addStream(
                        StreamConfiguration.builder()
                                .name("C")
                                .subjects("c.>")
                                .allowDirect(true)
                                .allowMessageCounter()
                                .allowAtomicPublish()
                                .build());
    }

    @AfterEach
    void deleteStream() throws Exception {
        nats.client.jetStreamManagement().deleteStream("C");
        nats.close();
    }

    private static Headers more(String increment) {
        return new Headers().add("Nats-Incr", increment);
    }

    private String send(String subject, Headers headers, String payload) throws Exception {
        return Jnats.text(
                nats.client.request(subject, headers, payload.getBytes(UTF_8), Jnats.PATIENCE));
    }

    private String add(String subject, String increment) throws Exception {
        return send(subject, more(increment), "");
    }

    private String value(String subject) throws Exception {
        return new String(
                nats.client.jetStreamManagement().getLastMessage("C", subject).getData(), UTF_8);
    }

    @Test
    void a_counter_is_what_was_added_to_it() throws Exception {
        assertThat(add("c.a", "1")).isEqualTo("{\"stream\":\"C\",\"seq\":1,\"val\":\"1\"}");
        assertThat(add("c.a", "+100")).isEqualTo("{\"stream\":\"C\",\"seq\":2,\"val\":\"101\"}");
        assertThat(add("c.b", "-7")).isEqualTo("{\"stream\":\"C\",\"seq\":3,\"val\":\"-7\"}");
        assertThat(add("c.a", "0")).contains("\"seq\":4", "\"val\":\"101\"");
        String large = "123456789012345678901234567890";
        assertThat(add("c.a", large))
                .contains(new BigInteger(large).add(BigInteger.valueOf(101)).toString());
        assertThat(add("c.a", "-" + large)).contains("\"val\":\"101\"");

        assertThat(value("c.a")).isEqualTo("{\"val\":\"101\"}");
        assertThat(value("c.b")).isEqualTo("{\"val\":\"-7\"}");
        assertThat(
                        nats.client
                                .jetStreamManagement()
                                .getMessage("C", 2)
                                .getHeaders()
                                .getFirst("Nats-Incr"))
                .isEqualTo("+100");
    }

    @Test
    void what_does_not_count_is_refused() throws Exception {
        assertThat(send("c.a", new Headers(), ""))
                .contains("\"err_code\":10169", "message counter increment is missing");
        assertThat(send("c.a", more("1"), "payload"))
                .contains("\"err_code\":10170", "message counter has payload");
        String invalid = "message counter increment is invalid";
        assertThat(add("c.a", "one")).contains("\"err_code\":10171", invalid);
        assertThat(add("c.a", "1.5")).contains("\"err_code\":10171", invalid);
        for (String header :
                List.of("Nats-Rollup", "Nats-Expected-Stream", "Nats-Expected-Last-Sequence")) {
            assertThat(send("c.a", more("1").add(header, "sub"), ""))
                    .contains("\"err_code\":10171", invalid);
        }
        nats.client
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder().name("N").subjects("n").build());
        assertThat(add("n", "1")).contains("\"err_code\":10168", "message counters is disabled");
        nats.client.jetStreamManagement().deleteStream("N");
    }

    @Test
    void an_increment_that_is_sent_again_counts_once() throws Exception {
        add("c.a", "1");
        assertThat(send("c.a", more("5").add("Nats-Msg-Id", "one"), ""))
                .isEqualTo("{\"stream\":\"C\",\"seq\":2,\"val\":\"6\"}");
        assertThat(send("c.a", more("5").add("Nats-Msg-Id", "one"), ""))
                .isEqualTo("{\"stream\":\"C\",\"seq\":2,\"duplicate\":true}");
        assertThat(add("c.a", "1")).contains("\"seq\":3", "\"val\":\"7\"");
    }

    @Test
    void many_who_add_at_once_lose_nothing() throws Exception {
        List<Jnats> clients = new ArrayList<>();
        List<CompletableFuture<Message>> answers = new ArrayList<>();
        for (int each = 0; each < 4; each++) {
            clients.add(Jnats.on(broker));
        }
        for (int i = 0; i < 1000; i++) {
            Jnats client = clients.get(i % 4);
            Headers headers = i % 50 == 0 ? more("1").add("Nats-Msg-Id", "" + i) : more("1");
            answers.add(client.client.request("c." + i % 3, headers, new byte[0]));
        }
        List<String> told = new ArrayList<>();
        for (CompletableFuture<Message> answer : answers) {
            told.add(Jnats.text(answer.get(15, TimeUnit.SECONDS)));
        }
        for (Jnats client : clients) {
            client.close();
        }

        assertThat(told).allMatch(answer -> answer.contains("\"val\":\""));
        assertThat(value("c.0")).isEqualTo("{\"val\":\"334\"}");
        assertThat(value("c.1")).isEqualTo("{\"val\":\"333\"}");
        assertThat(value("c.2")).isEqualTo("{\"val\":\"333\"}");
        assertThat(told.stream().filter(answer -> answer.contains("\"val\":\"333\"")).count())
                .isEqualTo(3);
    }

    @Test
    void a_counter_goes_on_after_its_message_was_removed() throws Exception {
        add("c.a", "1");
        add("c.a", "1");
        nats.client.jetStreamManagement().deleteMessage("C", 2);
        assertThat(add("c.a", "1")).contains("\"seq\":3", "\"val\":\"2\"");
        nats.client.jetStreamManagement().purgeStream("C");
        assertThat(add("c.a", "1")).contains("\"seq\":4", "\"val\":\"1\"");
    }

    @Test
    void a_batch_adds_all_or_nothing() throws Exception {
        add("c.a", "10");
        for (int i = 1; i <= 2; i++) {
            String place = String.valueOf(i);
            Headers headers = more("1").add("Nats-Batch-Id", "b").add("Nats-Batch-Sequence", place);
            assertThat(send("c.a", headers, "")).isEmpty();
        }
        assertThat(value("c.a")).isEqualTo("{\"val\":\"10\"}");
        Headers last =
                more("5")
                        .add("Nats-Batch-Id", "b")
                        .add("Nats-Batch-Sequence", "3")
                        .add("Nats-Batch-Commit", "1");
        assertThat(send("c.b", last, ""))
                .isEqualTo("{\"stream\":\"C\",\"seq\":4,\"batch\":\"b\",\"count\":3}");
        assertThat(value("c.a")).isEqualTo("{\"val\":\"12\"}");
        assertThat(add("c.a", "1")).contains("\"seq\":5", "\"val\":\"13\"");
    }

    @Test
    void what_somebody_else_put_in_the_place_of_a_counter_breaks_it() throws Exception {
        add("c.a", "1");
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(broker.port("amqp"));
        try (Connection rabbit = factory.newConnection();
                Channel channel = rabbit.createChannel()) {
            channel.confirmSelect();
            channel.basicPublish("amq.topic", "c.a", null, "no number".getBytes(UTF_8));
            channel.waitForConfirmsOrDie();
        }
        assertThat(add("c.a", "1")).contains("\"err_code\":10172", "message counter is broken");
        assertThat(add("c.b", "1")).contains("\"val\":\"1\"");
        nats.client.jetStreamManagement().deleteMessage("C", 2);
        assertThat(add("c.a", "1")).contains("\"val\":\"2\"");
    }
}
