package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages that publish others when it is time.
class JnatsSchedulesTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
        StreamInfo made =
                streams()
                        .addStream(
                                StreamConfiguration.builder()
                                        .name("S")
                                        .subjects("s.*", "t.*")
                                        .allowMessageSchedules()
                                        .allowMessageTtl()
                                        .allowAtomicPublish()
                                        .build());
        assertThat(made.getConfiguration().getAllowRollup()).isTrue();
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private JetStreamManagement streams() throws Exception {
        return nats.client.jetStreamManagement();
    }

    /// Publishes a text that says these headers, in pairs.
    private long publish(String subject, String text, String... pairs) throws Exception {
        Headers headers = new Headers();
        for (int i = 0; i < pairs.length; i += 2) {
            headers.add(pairs[i], pairs[i + 1]);
        }
        return nats.client.jetStream().publish(subject, headers, text.getBytes(UTF_8)).getSeqno();
    }

    private static String soon(long ms) {
        return "@at " + Instant.now().plusMillis(ms);
    }

    /// How many messages each subject has.
    private Map<String, Long> counts() throws Exception {
        Map<String, Long> counts =
                streams()
                        .getStreamInfo("S", StreamInfoOptions.allSubjects())
                        .getStreamState()
                        .getSubjectMap();
        return counts == null ? Map.of() : counts;
    }

    private String header(MessageInfo message, String name) {
        return message.getHeaders().getFirst(name);
    }

    @Test
    void a_message_comes_at_its_time_and_the_schedule_goes() throws Exception {
        long sequence =
                publish(
                        "s.one",
                        "body",
                        "Nats-Schedule",
                        soon(700),
                        "Nats-Schedule-Target",
                        "t.one",
                        "Nats-Schedule-TTL",
                        "90s",
                        "Nats-Msg-Id",
                        "once",
                        "Shade",
                        "blue");
        assertThat(sequence).isEqualTo(1);
        assertThat(header(streams().getMessage("S", 1), "Nats-Rollup")).isEqualTo("sub");
        assertThat(counts()).containsOnlyKeys("s.one");

        await().until(() -> counts().equals(Map.of("t.one", 1L)));
        MessageInfo came = streams().getLastMessage("S", "t.one");
        assertThat(came.getData()).isEqualTo("body".getBytes(UTF_8));
        assertThat(header(came, "Nats-Scheduler")).isEqualTo("s.one");
        assertThat(header(came, "Nats-Schedule-Next")).isEqualTo("purge");
        assertThat(header(came, "Nats-TTL")).isEqualTo("90s");
        assertThat(header(came, "Shade")).isEqualTo("blue");
        assertThat(came.getHeaders().containsKey("Nats-Msg-Id")).isFalse();
        assertThat(came.getHeaders().containsKey("Nats-Schedule")).isFalse();
    }

    /// Sends a message of a batch, which `1` ends, and gives the answer.
    private String send(String subject, String batch, int sequence, String... pairs)
            throws Exception {
        Headers headers =
                new Headers()
                        .add("Nats-Batch-Id", batch)
                        .add("Nats-Batch-Sequence", String.valueOf(sequence));
        for (int i = 0; i < pairs.length; i += 2) {
            headers.add(pairs[i], pairs[i + 1]);
        }
        return Jnats.text(
                nats.client.request(subject, headers, subject.getBytes(UTF_8), Jnats.PATIENCE));
    }

    @Test
    void schedules_are_begun_and_ended_in_a_batch() throws Exception {
        publish("s.old", "", "Nats-Schedule", soon(1500), "Nats-Schedule-Target", "t.old");
        String target = "Nats-Schedule-Target";
        String commit = "Nats-Batch-Commit";
        send("s.one", "b", 1, "Nats-Schedule", soon(700), target, "t.one");
        send("t.done", "b", 2, "Nats-Scheduler", "s.old", "Nats-Schedule-Next", "purge");
        send("s.two", "b", 3, "Nats-Schedule", soon(700), target, "t.two");
        send("t.done", "b", 4, "Nats-Scheduler", "s.two", "Nats-Schedule-Next", "purge");
        assertThat(counts()).containsOnlyKeys("s.old");
        assertThat(send("t.last", "b", 5, commit, "1"))
                .isEqualTo("{\"stream\":\"S\",\"seq\":6,\"batch\":\"b\",\"count\":5}");

        await().until(() -> counts().containsKey("t.one") && !counts().containsKey("s.old"));
        await().during(Duration.ofSeconds(1)).until(() -> counts().size() == 3);
        assertThat(counts()).containsOnlyKeys("t.one", "t.done", "t.last");
        assertThat(header(streams().getLastMessage("S", "t.one"), "Nats-Scheduler"))
                .isEqualTo("s.one");
    }

    @Test
    void a_batch_with_a_schedule_that_makes_no_sense_is_refused() throws Exception {
        String target = "Nats-Schedule-Target";
        String commit = "Nats-Batch-Commit";
        send("t.x", "b", 1);
        assertThat(send("s.a", "b", 2, "Nats-Schedule", "never", target, "t.a", commit, "1"))
                .contains("\"err_code\":10189");
        send("s.a", "b", 1, "Nats-Schedule", soon(9000), target, "t.a");
        assertThat(send("s.a", "b", 2, "Nats-Schedule", soon(9000), target, "t.a", commit, "1"))
                .contains("\"err_code\":10111", "batch rollup sub invalid");
        send("t.x", "b", 1);
        String[] ends = {"Nats-Scheduler", "t.x", "Nats-Schedule-Next", "purge", commit, "1"};
        assertThat(send("t.y", "b", 2, ends)).contains("\"err_code\":10212");
        publish("t.x", "no schedule");
        assertThat(send("t.y", "b", 1, ends)).contains("\"err_code\":10212");
        assertThat(counts()).isEqualTo(Map.of("t.x", 1L));
    }

    @Test
    void one_that_repeats_goes_on_until_it_is_ended() throws Exception {
        publish("t.source", "first");
        publish("t.source", "newest");
        publish(
                "s.often",
                "",
                "Nats-Schedule",
                "@every 1s",
                "Nats-Schedule-Target",
                "t.copy",
                "Nats-Schedule-Source",
                "t.source");
        publish(
                "s.state",
                "state",
                "Nats-Schedule",
                "* * * * * *",
                "Nats-Schedule-Target",
                "t.state",
                "Nats-Schedule-Rollup",
                "sub");
        await().until(() -> counts().getOrDefault("t.copy", 0L) >= 2);
        MessageInfo copy = streams().getLastMessage("S", "t.copy");
        assertThat(copy.getData()).isEqualTo("newest".getBytes(UTF_8));
        assertThat(Instant.parse(header(copy, "Nats-Schedule-Next")))
                .isAfter(copy.getTime().toInstant());
        await().until(() -> counts().get("t.state") == 1L);

        publish("t.end", "", "Nats-Schedule-Next", "purge", "Nats-Scheduler", "s.often");
        await().until(() -> !counts().containsKey("s.often"));
        streams().deleteMessage("S", streams().getLastMessage("S", "s.state").getSeq());
        Map<String, Long> then = counts();
        await().during(Duration.ofMillis(1300)).until(() -> counts().equals(then));
    }

    @Test
    void another_schedule_of_the_subject_takes_its_place_and_a_restart_forgets_none()
            throws Exception {
        publish("s.a", "old", "Nats-Schedule", soon(500), "Nats-Schedule-Target", "t.a");
        publish("s.a", "new", "Nats-Schedule", soon(600), "Nats-Schedule-Target", "t.b");
        publish("s.z", "missed", "Nats-Schedule", "@every 1s", "Nats-Schedule-Target", "t.c");
        nats.close();
        broker.close();
        long closed = System.nanoTime();
        await().until(() -> System.nanoTime() - closed > Duration.ofMillis(2500).toNanos());
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
        await().until(() -> counts().containsKey("t.b") && counts().containsKey("t.c"));
        assertThat(counts().get("t.c")).isEqualTo(1);
        await().until(() -> !counts().containsKey("s.a"));
        assertThat(counts()).doesNotContainKey("t.a").containsEntry("t.b", 1L);
    }

    private void assertRefused(int error, String... headers) {
        assertThatThrownBy(() -> publish("s.bad", "x", headers))
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(error));
    }

    @Test
    void what_makes_no_sense_is_refused() throws Exception {
        String schedule = "Nats-Schedule";
        String target = "Nats-Schedule-Target";
        assertRefused(10189, schedule, "now and then", target, "t.x");
        assertRefused(10190, schedule, "@hourly", target, "s.bad");
        assertRefused(10190, schedule, "@hourly", target, "elsewhere");
        assertRefused(10203, schedule, "@hourly", target, "t.x", "Nats-Schedule-Source", "t.x");
        assertRefused(10191, schedule, "@hourly", target, "t.x", "Nats-Schedule-TTL", "long");
        assertRefused(10192, schedule, "@hourly", target, "t.x", "Nats-Rollup", "all");
        assertRefused(10223, schedule, "@hourly", target, "t.x", schedule + "-Time-Zone", "Mars");
        assertRefused(10212, "Nats-Scheduler", "s.x");
        publish("t.plain", "x");
        assertRefused(10212, "Nats-Scheduler", "t.plain", "Nats-Schedule-Next", "purge");
        streams().addStream(StreamConfiguration.builder().name("PLAIN").subjects("plain").build());
        assertThatThrownBy(() -> publish("plain", "x", schedule, "@hourly", target, "plain"))
                .hasMessageContaining("10188");
    }
}
