package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages that are stored together or not at all (ADR-50), as a client sends them.
class AtomicBatchTest {
    private static final String CREATE =
            "{\"name\":\"S\",\"subjects\":[\"a.>\"],\"allow_atomic\":true,"
                    + "\"allow_direct\":true,\"allow_rollup_hdrs\":true}";

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
        assertThat(ask("$JS.API.STREAM.CREATE.S", CREATE)).contains("\"allow_atomic\":true");
    }

    @AfterEach
    void deleteStream() throws Exception {
        nats.client.jetStreamManagement().deleteStream("S");
        nats.close();
    }

    private String ask(String subject, String payload) throws Exception {
        return Jnats.text(nats.client.request(subject, payload.getBytes(UTF_8), Jnats.PATIENCE));
    }

    /// Sends a message of a batch and gives the answer.
    ///
    /// @param more names and values of further headers, in turn
    private String send(String subject, String batch, int sequence, String... more)
            throws Exception {
        return send(nats, subject, batch, String.valueOf(sequence), more);
    }

    private static String send(
            Jnats client, String subject, String batch, String sequence, String... more)
            throws Exception {
        Headers headers = new Headers().add("Nats-Batch-Id", batch);
        if (!sequence.isEmpty()) {
            headers.add("Nats-Batch-Sequence", sequence);
        }
        for (int i = 0; i < more.length; i += 2) {
            headers.add(more[i], more[i + 1]);
        }
        return Jnats.text(
                client.client.request(subject, headers, sequence.getBytes(UTF_8), Jnats.PATIENCE));
    }

    private String publish(String subject) throws Exception {
        return ask(subject, "alone");
    }

    private void assertRefused(int number, String words, String answer) {
        assertThat(answer).contains("\"err_code\":" + number, "\"" + words + "\"");
        assertThat(answer).endsWith("\"stream\":\"S\",\"seq\":0}");
    }

    private long stored() throws Exception {
        StreamInfo info = nats.client.jetStreamManagement().getStreamInfo("S");
        return info.getStreamState().getLastSequence();
    }

    @Test
    void a_batch_is_there_when_its_last_message_is() throws Exception {
        publish("a.0");
        assertThat(send("a.1", "b", 1)).isEmpty();
        assertThat(send("a.2", "b", 2)).isEmpty();
        publish("a.0");
        assertThat(stored()).isEqualTo(2);

        assertThat(send("a.1", "b", 3, "Nats-Batch-Commit", "1"))
                .isEqualTo("{\"stream\":\"S\",\"seq\":5,\"batch\":\"b\",\"count\":3}");

        List<String> all = new ArrayList<>();
        for (long each = 3; each <= 5; each++) {
            var message = nats.client.jetStreamManagement().getMessage("S", each);
            all.add(message.getSubject() + " " + new String(message.getData(), UTF_8));
            assertThat(message.getHeaders().getFirst("Nats-Batch-Id")).isEqualTo("b");
        }
        assertThat(all).containsExactly("a.1 1", "a.2 2", "a.1 3");
        assertRefused(
                10176,
                "atomic publish batch is incomplete",
                send("a.1", "b", 4, "Nats-Batch-Commit", "1"));
    }

    @Test
    void one_that_only_ends_a_batch_is_not_stored() throws Exception {
        send("a.1", "b", 1);
        send("a.2", "b", 2);
        assertThat(send("a.nothing", "b", 3, "Nats-Batch-Commit", "eob"))
                .isEqualTo("{\"stream\":\"S\",\"seq\":2,\"batch\":\"b\",\"count\":2}");

        assertThat(stored()).isEqualTo(2);
        Headers last = nats.client.jetStreamManagement().getMessage("S", 2).getHeaders();
        assertThat(last.getFirst("Nats-Batch-Commit")).isEqualTo("1");
        assertThat(send("a.1", "single", 1, "Nats-Batch-Commit", "1"))
                .isEqualTo("{\"stream\":\"S\",\"seq\":3,\"batch\":\"single\",\"count\":1}");
    }

    @Test
    void several_clients_may_fill_a_batch() throws Exception {
        try (Jnats other = Jnats.on(broker)) {
            send("a.1", "b", 1);
            assertThat(send(other, "a.2", "b", "2")).isEmpty();
            assertThat(send("a.3", "b", 3, "Nats-Batch-Commit", "1")).contains("\"count\":3");
        }
    }

    @Test
    void what_makes_no_batch_is_refused() throws Exception {
        Subscription advisories = nats.subscribe("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.S");
        assertRefused(10179, "atomic publish batch ID is invalid", send("a.1", "x".repeat(65), 1));
        assertRefused(
                10175, "atomic publish sequence is missing", send(nats, "a.1", "missing", ""));
        String incomplete = "atomic publish batch is incomplete";
        assertRefused(10176, incomplete, send("a.1", "none", 2));
        assertRefused(10176, incomplete, send("a.1", "e", 1, "Nats-Batch-Commit", "eob"));
        assertThat(Jnats.text(Jnats.next(advisories)))
                .contains(
                        "io.nats.jetstream.advisory.v1.stream_batch_abandoned",
                        "\"batch\":\"e\"",
                        "\"reason\":\"incomplete\"");
        send("a.1", "gap", 1);
        assertRefused(10176, incomplete, send("a.1", "gap", 3));
        assertThat(Jnats.text(Jnats.next(advisories))).contains("\"batch\":\"gap\"");
        assertRefused(10176, incomplete, send("a.1", "gap", 2));
        send("a.1", "odd", 1);
        assertRefused(
                10200,
                "atomic publish batch commit is invalid",
                send("a.1", "odd", 2, "Nats-Batch-Commit", "2"));
        send("a.1", "id", 1, "Nats-Expected-Last-Msg-Id", "1");
        assertRefused(
                10177,
                "atomic publish unsupported header used: Nats-Expected-Last-Msg-Id",
                send("a.1", "id", 2, "Nats-Batch-Commit", "1"));
        assertThat(stored()).isZero();
    }

    @Test
    void a_batch_may_require_a_level_of_the_interface() throws Exception {
        Subscription advisories = nats.subscribe("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.S");
        String level = "Nats-Required-Api-Level";
        send("a.1", "b", 1);
        assertRefused(
                10185, "JetStream minimum api level required", send("a.1", "b", 2, level, "9"));
        assertThat(Jnats.text(Jnats.next(advisories))).contains("\"reason\":\"unsupported\"");
        send("a.1", "c", 1, level, "2");
        assertThat(send("a.1", "c", 2, "Nats-Batch-Commit", "1")).contains("\"count\":2");
        Headers first = nats.client.jetStreamManagement().getMessage("S", 1).getHeaders();
        assertThat(first.containsKey(level)).isFalse();
    }

    @Test
    void a_stream_that_takes_no_batches_says_so() throws Exception {
        nats.client
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder().name("N").subjects("n").build());

        assertThat(send("n", "b", 1)).contains("\"err_code\":10174", "atomic publish is disabled");
        nats.client.jetStreamManagement().deleteStream("N");
    }

    @Test
    void what_is_expected_must_be_so_before_the_batch() throws Exception {
        publish("a.1");
        String ofSubject = "Nats-Expected-Last-Subject-Sequence";
        send("a.1", "good", 1, ofSubject, "1");
        send("a.1", "good", 2);
        assertThat(send("a.2", "good", 3, ofSubject, "0", "Nats-Batch-Commit", "1"))
                .contains("\"seq\":4");

        send("a.3", "wrong", 1, "Nats-Expected-Last-Sequence", "4");
        assertRefused(
                10071,
                "wrong last sequence: 3",
                send("a.1", "wrong", 2, ofSubject, "1", "Nats-Batch-Commit", "1"));
        send("a.1", "late", 1);
        assertRefused(
                10164,
                "wrong last sequence",
                send(
                        "a.2",
                        "late",
                        2,
                        "Nats-Expected-Last-Sequence",
                        "5",
                        "Nats-Batch-Commit",
                        "1"));
        send("a.1", "own", 1);
        assertRefused(
                10164,
                "wrong last sequence",
                send("a.1", "own", 2, ofSubject, "3", "Nats-Batch-Commit", "1"));
        assertThat(stored()).isEqualTo(4);
    }

    @Test
    void a_message_that_was_stored_before_keeps_the_batch_out() throws Exception {
        String duplicate = "atomic publish batch contains duplicate message id";
        send("a.1", "first", 1, "Nats-Msg-Id", "one");
        send("a.2", "first", 2, "Nats-Msg-Id", "two", "Nats-Batch-Commit", "1");
        send("a.1", "again", 1);
        assertRefused(
                10201,
                duplicate,
                send("a.1", "again", 2, "Nats-Msg-Id", "one", "Nats-Batch-Commit", "1"));
        send("a.1", "twice", 1, "Nats-Msg-Id", "three");
        assertRefused(
                10201,
                duplicate,
                send("a.1", "twice", 2, "Nats-Msg-Id", "three", "Nats-Batch-Commit", "1"));
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    void a_message_of_a_batch_may_take_the_place_of_others() throws Exception {
        publish("a.1");
        publish("a.2");
        send("a.1", "b", 1, "Nats-Rollup", "sub");
        send("a.3", "b", 2, "Nats-Rollup", "sub", "Nats-Batch-Commit", "1");
        send("a.1", "late", 1);
        assertRefused(
                10111,
                "batch rollup sub invalid",
                send("a.1", "late", 2, "Nats-Rollup", "sub", "Nats-Batch-Commit", "1"));
        send("a.1", "late", 1);
        assertRefused(
                10111,
                "batch rollup all invalid",
                send("a.2", "late", 2, "Nats-Rollup", "all", "Nats-Batch-Commit", "1"));

        assertThat(
                        nats.client
                                .jetStreamManagement()
                                .getStreamInfo("S")
                                .getStreamState()
                                .getMsgCount())
                .isEqualTo(3);
    }

    @Test
    void a_batch_has_a_thousand_messages_at_most() throws Exception {
        Subscription advisories = nats.subscribe("$JS.EVENT.ADVISORY.STREAM.BATCH_ABANDONED.S");
        for (String batch : List.of("full", "over")) {
            for (int i = 1; i < 1000; i++) {
                Headers headers =
                        new Headers()
                                .add("Nats-Batch-Id", batch)
                                .add("Nats-Batch-Sequence", String.valueOf(i));
                nats.client.publish("a." + i % 10, headers, new byte[10]);
            }
        }
        assertThat(send("a.1", "full", 1000, "Nats-Batch-Commit", "1"))
                .isEqualTo("{\"stream\":\"S\",\"seq\":1000,\"batch\":\"full\",\"count\":1000}");
        send("a.1", "over", 1000);
        String words = "atomic publish batch is too large: 1000";
        assertRefused(10199, words, send("a.1", "over", 1001));
        assertThat(Jnats.text(Jnats.next(advisories))).contains("\"reason\":\"large\"");
        assertRefused(10199, words, send("a.1", "never", 1001));
        assertThat(stored()).isEqualTo(1000);
    }

    @Test
    void a_stream_has_fifty_open_batches_at_most() throws Exception {
        for (int i = 0; i < 50; i++) {
            assertThat(send("a.1", "b" + i, 1)).isEmpty();
        }
        assertThat(send("a.1", "more", 1))
                .contains("\"code\":429", "\"err_code\":10210", "too many inflight");
        assertThat(send("a.1", "b7", 2, "Nats-Batch-Commit", "1")).contains("\"count\":2");
        assertThat(send("a.1", "more", 1)).isEmpty();
    }

    @Test
    void who_only_listens_hears_a_batch_when_it_is_stored() throws Exception {
        Subscription live = nats.subscribe("a.>");
        send("a.1", "b", 1);
        send("a.2", "b", 2, "Nats-Batch-Commit", "1");

        List<Map.Entry<String, String>> heard = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Message next = Jnats.next(live);
            heard.add(Map.entry(next.getSubject(), Jnats.text(next)));
        }
        assertThat(heard).containsExactly(Map.entry("a.1", "1"), Map.entry("a.2", "2"));
    }
}
