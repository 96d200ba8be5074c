package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.nats.client.JetStream;
import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several stored messages at once, past all consumers.
class DirectGetTest {
    private static final String END = "204 EOB";

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private static Jnats nats;

    /// When the sixth message was stored; those before it are older.
    private static Instant middle;

    /// Ten messages: `a.0 b.1 a.2 b.3 a.0 …` with the sequences 1 to 10; the one with 4 is deleted.
    @BeforeAll
    static void publish() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
        nats.client
                .jetStreamManagement()
                .addStream(
                        StreamConfiguration.builder()
                                .name("G")
                                .subjects("a.*", "b.*")
                                .allowDirect(true)
                                .build());
        JetStream stream = nats.client.jetStream();
        for (int i = 0; i < 10; i++) {
            if (i == 5) {
                Instant before = timeOf(5);
                await().until(() -> Instant.now().toEpochMilli() > before.toEpochMilli());
            }
            Headers headers = new Headers().add("Number", String.valueOf(i));
            String subject = (i % 2 == 0 ? "a." : "b.") + i % 4;
            stream.publish(subject, headers, ("m" + (i + 1)).getBytes(UTF_8));
        }
        middle = timeOf(6);
        nats.client.jetStreamManagement().deleteMessage("G", 4);
    }

    private static Instant timeOf(long sequence) throws Exception {
        return nats.client.jetStreamManagement().getMessage("G", sequence).getTime().toInstant();
    }

    @AfterAll
    static void stop() throws Exception {
        nats.close();
        broker.close();
    }

    /// Asks; gives each message as `text subject sequence pending previous`, and the status that
    /// ends the answer with what it says.
    private static List<String> ask(String request) throws Exception {
        Subscription inbox = nats.subscribe(nats.client.createInbox());
        nats.client.publish("$JS.API.DIRECT.GET.G", inbox.getSubject(), request.getBytes(UTF_8));
        List<String> all = new ArrayList<>();
        Message next = Jnats.next(inbox);
        while (!next.isStatusMessage()) {
            all.add(
                    "%s %s %s %s %s"
                            .formatted(
                                    Jnats.text(next),
                                    header(next, "Nats-Subject"),
                                    header(next, "Nats-Sequence"),
                                    header(next, "Nats-Num-Pending"),
                                    header(next, "Nats-Last-Sequence")));
            assertThat(header(next, "Number"))
                    .isEqualTo(String.valueOf(Integer.parseInt(header(next, "Nats-Sequence")) - 1));
            next = Jnats.next(inbox);
        }
        String end = next.getStatus().getCode() + " " + next.getStatus().getMessage();
        for (String said : List.of("Num-Pending", "Last-Sequence", "UpTo-Sequence")) {
            String value = header(next, "Nats-" + said);
            end += value.isEmpty() ? "" : " " + value;
        }
        all.add(end);
        inbox.unsubscribe();
        return all;
    }

    private static String header(Message message, String name) {
        String value = message.hasHeaders() ? message.getHeaders().getFirst(name) : null;
        return value == null ? "" : value;
    }

    @Test
    void a_batch_begins_at_a_sequence_and_says_what_is_left() throws Exception {
        assertThat(ask("{\"seq\":3,\"batch\":2}"))
                .containsExactly("m3 a.2 3 6 0", "m5 a.0 5 5 3", END + " 5 5");
        assertThat(ask("{\"seq\":9,\"batch\":5}"))
                .containsExactly("m9 a.0 9 1 0", "m10 b.1 10 0 9", END + " 0 10");
        assertThat(ask("{\"seq\":11,\"batch\":5}")).containsExactly("404 Message Not Found");
    }

    @Test
    void a_batch_is_of_subjects_and_as_large_as_wanted() throws Exception {
        assertThat(ask("{\"seq\":1,\"next_by_subj\":\"b.>\",\"batch\":3}"))
                .containsExactly("m2 b.1 2 3 0", "m6 b.1 6 2 2", "m8 b.3 8 1 6", END + " 1 8");
        assertThat(ask("{\"next_by_subj\":\"a.0\",\"batch\":9,\"max_bytes\":40}"))
                .containsExactly("m1 a.0 1 2 0", "m5 a.0 5 1 1", END + " 1 5");
    }

    @Test
    void a_batch_begins_at_a_time() throws Exception {
        assertThat(ask("{\"start_time\":\"%s\",\"batch\":2}".formatted(middle)))
                .containsExactly("m6 b.1 6 4 0", "m7 a.2 7 3 6", END + " 3 7");
        assertThat(ask("{\"start_time\":\"2199-01-01T00:00:00Z\",\"batch\":2}"))
                .containsExactly("404 Message Not Found");
    }

    @Test
    void the_newest_of_each_subject_come_together() throws Exception {
        assertThat(ask("{\"multi_last\":[\"a.*\",\"b.1\",\"a.0\"]}"))
                .containsExactly(
                        "m7 a.2 7 2 0", "m9 a.0 9 1 7", "m10 b.1 10 0 9", END + " 0 10 10");
        assertThat(ask("{\"multi_last\":[\">\"],\"batch\":2}"))
                .containsExactly("m7 a.2 7 3 0", "m8 b.3 8 2 7", END + " 2 8 10");
        assertThat(ask("{\"multi_last\":[\"none\"]}")).containsExactly("404 No Results");
    }

    @Test
    void the_newest_are_those_at_a_sequence_or_a_time() throws Exception {
        assertThat(ask("{\"multi_last\":[\"a.*\",\"b.*\"],\"up_to_seq\":4}"))
                .containsExactly("m1 a.0 1 2 0", "m2 b.1 2 1 1", "m3 a.2 3 0 2", END + " 0 3 4");
        assertThat(ask("{\"multi_last\":[\"a.*\"],\"up_to_time\":\"%s\"}".formatted(middle)))
                .containsExactly("m3 a.2 3 1 0", "m5 a.0 5 0 3", END + " 0 5 5");
        assertThat(ask("{\"multi_last\":[\">\"],\"up_to_time\":\"2001-01-01T00:00:00Z\"}"))
                .containsExactly("404 No Results");
    }

    @Test
    void what_makes_no_sense_is_refused() throws Exception {
        assertThat(ask("")).containsExactly("408 Empty Request");
        assertThat(ask("{\"batch\":3}")).containsExactly("408 Empty Request");
        assertThat(ask("{\"seq\":\"one\"}")).containsExactly("408 Malformed Request");
        assertThat(ask("{\"seq\":1,\"last_by_subj\":\"a.0\"}")).containsExactly("408 Bad Request");
        assertThat(ask("{\"last_by_subj\":\"a.0\",\"batch\":2}"))
                .containsExactly("408 Bad Request");
        assertThat(ask("{\"next_by_subj\":\"a.0\",\"multi_last\":[\"a.0\"]}"))
                .containsExactly("408 Bad Request");
    }

    @Test
    void too_many_subjects_are_told() throws Exception {
        nats.client
                .jetStreamManagement()
                .addStream(
                        StreamConfiguration.builder()
                                .name("MANY")
                                .subjects("many.*")
                                .allowDirect(true)
                                .build());
        for (int i = 0; i <= 1024; i++) {
            nats.publish("many." + i, "x");
        }
        nats.client.flush(Jnats.PATIENCE);
        Message answer =
                nats.client.request(
                        "$JS.API.DIRECT.GET.MANY",
                        "{\"multi_last\":[\"many.*\"]}".getBytes(UTF_8),
                        Jnats.PATIENCE);
        assertThat(answer.getStatus().getCode()).isEqualTo(413);
        assertThat(answer.getStatus().getMessage()).isEqualTo("Too Many Results");
    }
}
