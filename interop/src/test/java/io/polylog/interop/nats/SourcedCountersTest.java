package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.api.Error;
import io.nats.client.api.Source;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.SubjectTransform;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
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

/// Counters that are the sums of counters of other streams (ADR-49), as NATS' own client sees them.
class SourcedCountersTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Jnats nats;
    private JetStreamManagement streams;

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
        nats = Jnats.on(broker);
        streams = nats.client.jetStreamManagement();
    }

    @AfterEach
    void deleteStreams() throws Exception {
        for (String name : streams.getStreamNames()) {
            streams.deleteStream(name);
        }
        nats.close();
    }

    private static StreamConfiguration counters(String name, String subjects, Source... sources) {
        return StreamConfiguration.builder()
                .name(name)
                .subjects(subjects)
                .sources(sources)
                .allowMessageCounter()
                .build();
    }

    /// A stream whose subjects become those of the stream `SUM`.
    private static Source summed(String name, String prefix) {
        return Source.builder()
                .sourceName(name)
                .subjectTransforms(
                        SubjectTransform.builder()
                                .source(prefix + ".*")
                                .destination("sum.{{wildcard(1)}}")
                                .build())
                .build();
    }

    /// Two streams, and one of their sums.
    private void makeStreams() throws Exception {
        streams.addStream(counters("A", "a.*"));
        streams.addStream(counters("B", "b.*"));
        streams.addStream(counters("SUM", "sum.*", summed("A", "a"), summed("B", "b")));
    }

    private CompletableFuture<Message> adding(String subject, String increment) {
        Headers headers = new Headers().add("Nats-Incr", increment);
        return nats.client.request(subject, headers, new byte[0]);
    }

    private void add(String subject, String increment) throws Exception {
        assertThat(Jnats.text(adding(subject, increment).get(15, TimeUnit.SECONDS)))
                .contains("\"val\":");
    }

    private String value(String subject) throws Exception {
        return new String(streams.getLastMessage("SUM", subject).getData(), UTF_8);
    }

    private String header(String subject, String name) throws Exception {
        return streams.getLastMessage("SUM", subject).getHeaders().getFirst(name);
    }

    private long last(String stream) throws Exception {
        return streams.getStreamInfo(stream).getStreamState().getLastSequence();
    }

    private void awaitLast(String stream, long sequence) {
        await().atMost(Jnats.PATIENCE).until(() -> last(stream) == sequence);
    }

    /// Publishes with another protocol, which no counter forbids.
    private static void publishElsewhere(String subject, String text) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(broker.port("amqp"));
        try (Connection rabbit = factory.newConnection();
                Channel channel = rabbit.createChannel()) {
            channel.confirmSelect();
            channel.basicPublish("amq.topic", subject, null, text.getBytes(UTF_8));
            channel.waitForConfirmsOrDie();
        }
    }

    @Test
    void a_counter_is_the_sum_of_others_and_its_own_also_after_a_restart() throws Exception {
        makeStreams();
        add("a.x", "+5");
        awaitLast("SUM", 1);
        add("b.x", "7");
        awaitLast("SUM", 2);
        assertThat(value("sum.x")).isEqualTo("{\"val\":\"12\"}");
        assertThat(header("sum.x", "Nats-Incr")).isEqualTo("7");
        assertThat(header("sum.x", "Nats-Stream-Source"))
                .isEqualTo("B 1 b.* sum.{{wildcard(1)}} b.x");
        String both = "{\"A\":{\"a.x\":\"5\"},\"B\":{\"b.x\":\"7\"}}";
        assertThat(header("sum.x", "Nats-Counter-Sources")).isEqualTo(both);

        add("sum.x", "100");
        assertThat(value("sum.x")).isEqualTo("{\"val\":\"112\"}");
        assertThat(header("sum.x", "Nats-Counter-Sources")).isEqualTo(both);
        add("a.x", "-2");
        awaitLast("SUM", 4);
        assertThat(value("sum.x")).isEqualTo("{\"val\":\"110\"}");
        assertThat(header("sum.x", "Nats-Incr")).isEqualTo("-2");

        nats.close();
        broker.restart();
        connect();
        add("b.x", "1");
        add("b.y", "9");
        awaitLast("SUM", 6);
        assertThat(value("sum.x")).isEqualTo("{\"val\":\"111\"}");
        assertThat(value("sum.y")).isEqualTo("{\"val\":\"9\"}");
        assertThat(header("sum.x", "Nats-Counter-Sources"))
                .isEqualTo("{\"A\":{\"a.x\":\"3\"},\"B\":{\"b.x\":\"8\"}}");
    }

    @Test
    void what_did_not_come_is_counted_and_what_came_is_not_counted_again() throws Exception {
        streams.addStream(counters("A", "a.*"));
        add("a.x", "4");
        add("a.x", "6");
        streams.deleteMessage("A", 1);
        streams.addStream(counters("SUM", "sum.*", summed("A", "a")));
        awaitLast("SUM", 1);
        assertThat(header("sum.x", "Nats-Incr")).isEqualTo("10");

        streams.updateStream(counters("SUM", "sum.*"));
        add("a.x", "1");
        streams.updateStream(counters("SUM", "sum.*", summed("A", "a")));
        await().atMost(Jnats.PATIENCE).until(() -> value("sum.x").equals("{\"val\":\"11\"}"));
        assertThat(header("sum.x", "Nats-Incr")).isEqualTo("1");
    }

    @Test
    void a_sum_has_itself_for_a_source_in_the_next_one() throws Exception {
        streams.addStream(counters("A", "a.*"));
        streams.addStream(counters("MIDDLE", "middle.*", Source.builder().sourceName("A").build()));
        streams.addStream(counters("SUM", "sum.*", summed("MIDDLE", "a")));
        add("a.x", "3");
        add("a.x", "4");
        awaitLast("SUM", 2);
        assertThat(value("sum.x")).isEqualTo("{\"val\":\"7\"}");
        assertThat(header("sum.x", "Nats-Counter-Sources"))
                .isEqualTo("{\"MIDDLE\":{\"a.x\":\"7\"}}");
    }

    @Test
    void many_who_add_here_and_there_lose_nothing() throws Exception {
        makeStreams();
        List<CompletableFuture<Message>> answers = new ArrayList<>();
        for (int i = 0; i < 900; i++) {
            answers.add(adding(List.of("a.x", "b.x", "sum.x").get(i % 3), "1"));
        }
        for (CompletableFuture<Message> answer : answers) {
            assertThat(Jnats.text(answer.get(15, TimeUnit.SECONDS))).contains("\"val\":");
        }
        awaitLast("SUM", 900);
        assertThat(value("sum.x")).isEqualTo("{\"val\":\"900\"}");
        assertThat(header("sum.x", "Nats-Counter-Sources"))
                .isEqualTo("{\"A\":{\"a.x\":\"300\"},\"B\":{\"b.x\":\"300\"}}");
    }

    @Test
    void a_sum_that_somebody_else_stored_meanwhile_is_added_to() throws Exception {
        makeStreams();
        add("a.x", "1");
        awaitLast("SUM", 1);
        publishElsewhere("sum.x", "{\"val\":\"50\"}");
        add("a.x", "2");
        awaitLast("SUM", 3);
        // With it went what was counted of the source.
        assertThat(value("sum.x")).isEqualTo("{\"val\":\"53\"}");
    }

    @Test
    void what_is_no_counter_is_waited_at_until_it_is_removed() throws Exception {
        streams.addStream(counters("A", "a.*"));
        add("a.x", "1");
        publishElsewhere("a.x", "no number");
        add("a.y", "2");
        streams.addStream(counters("SUM", "sum.*", summed("A", "a")));
        awaitLast("SUM", 1);
        await().atMost(Jnats.PATIENCE)
                .until(() -> {
                    Error told =
                            streams.getStreamInfo("SUM").getSourceInfos().getFirst().getError();
                    return told != null && told.getDescription().contains("increment is missing");
                });
        assertThat(value("sum.x")).isEqualTo("{\"val\":\"1\"}");
        streams.deleteMessage("A", 2);
        awaitLast("SUM", 2);
        assertThat(value("sum.y")).isEqualTo("{\"val\":\"2\"}");
    }
}
