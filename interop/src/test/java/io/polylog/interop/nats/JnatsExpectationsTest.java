package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.JetStreamApiException;
import io.nats.client.PublishOptions;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a publish expects of the stream's last message, and of the newest of several subjects.
class JnatsExpectationsTest {
    private static final byte[] BODY = "body".getBytes(UTF_8);

    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
    }

    @AfterEach
    void stop() {
        nats.close();
        broker.close();
    }

    private void make(boolean direct) throws Exception {
        nats.client
                .jetStreamManagement()
                .addStream(
                        StreamConfiguration.builder()
                                .name("S")
                                .subjects("a.>")
                                .allowDirect(direct)
                                .allowAtomicPublish()
                                .build());
    }

    private static PublishOptions.Builder with(String id) {
        PublishOptions.Builder options = PublishOptions.builder();
        return id.isEmpty() ? options : options.messageId(id);
    }

    /// Publishes and gives the sequence, or what stands against it.
    private String publish(String subject, PublishOptions.Builder options) throws Exception {
        try {
            var ack = nats.client.jetStream().publish(subject, BODY, options.build());
            return ack.getSeqno() + (ack.isDuplicate() ? " again" : "");
        } catch (JetStreamApiException refused) {
            return refused.getApiErrorCode() + " " + refused.getErrorDescription();
        }
    }

    @Test
    void the_id_of_the_last_message_may_be_expected_also_after_a_restart() throws Exception {
        make(false);
        assertThat(publish("a.1", with("one").expectedLastMsgId("none")))
                .isEqualTo("10070 wrong last msg ID: ");
        assertThat(publish("a.1", with("one"))).isEqualTo("1");
        assertThat(publish("a.2", with("two").expectedLastMsgId("one"))).isEqualTo("2");
        assertThat(publish("a.1", with("three").expectedLastMsgId("one")))
                .isEqualTo("10070 wrong last msg ID: two");
        assertThat(publish("a.2", with("two").expectedLastMsgId("one"))).isEqualTo("2 again");

        nats.close();
        broker.restart();
        nats = Jnats.on(broker);
        assertThat(publish("a.1", with("").expectedLastMsgId("one")))
                .isEqualTo("10070 wrong last msg ID: two");
        assertThat(publish("a.1", with("").expectedLastMsgId("two"))).isEqualTo("3");
        assertThat(publish("a.1", with("").expectedLastMsgId("two")))
                .isEqualTo("10070 wrong last msg ID: ");
    }

    @Test
    void of_many_who_expect_the_same_last_message_one_is_stored() throws Exception {
        make(false);
        publish("a.0", with("first"));
        List<CompletableFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Headers headers =
                    new Headers()
                            .add("Nats-Msg-Id", "m" + i)
                            .add("Nats-Expected-Last-Msg-Id", "first");
            answers.add(nats.client.request("a.0", headers, BODY).thenApply(Jnats::text));
        }
        List<String> told = new ArrayList<>();
        for (CompletableFuture<String> answer : answers) {
            told.add(answer.get(15, TimeUnit.SECONDS));
        }
        assertThat(told.stream().filter(answer -> answer.contains("\"seq\":2"))).hasSize(1);
        assertThat(told.stream().filter(answer -> answer.contains("\"err_code\":10070")))
                .hasSize(49);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_newest_of_several_subjects_may_be_expected(boolean direct) throws Exception {
        make(direct);
        publish("a.1.x", with(""));
        publish("a.2.x", with(""));
        publish("a.1.y", with(""));
        String wrong = "10071 wrong last sequence: 3";
        assertThat(
                        publish(
                                "a.1.x",
                                with("").expectedLastSubjectSequence(1)
                                        .expectedLastSubjectSequenceSubject("a.1.*")))
                .isEqualTo(wrong);
        assertThat(
                        publish(
                                "a.1.x",
                                with("").expectedLastSubjectSequence(0)
                                        .expectedLastSubjectSequenceSubject("a.>")))
                .isEqualTo(wrong);
        assertThat(
                        publish(
                                "a.1.x",
                                with("").expectedLastSubjectSequence(2)
                                        .expectedLastSubjectSequenceSubject("a.2.>")))
                .isEqualTo("4");
        assertThat(
                        publish(
                                "a.3.x",
                                with("").expectedLastSubjectSequence(0)
                                        .expectedLastSubjectSequenceSubject("a.3.>")))
                .isEqualTo("5");
        assertThat(
                        publish(
                                "a.9",
                                with("").expectedLastSubjectSequence(5)
                                        .expectedLastSubjectSequenceSubject("a.>")))
                .isEqualTo("6");
        nats.client.jetStreamManagement().deleteMessage("S", 5);
        assertThat(
                        publish(
                                "a.3.y",
                                with("").expectedLastSubjectSequence(0)
                                        .expectedLastSubjectSequenceSubject("*.3.*")))
                .isEqualTo("7");
    }

    @Test
    void several_things_may_be_expected_at_once() throws Exception {
        make(true);
        publish("a.1", with("one"));
        publish("a.2", with("two"));
        assertThat(publish("a.1", with("").expectedLastSubjectSequence(1).expectedLastSequence(1)))
                .isEqualTo("10071 wrong last sequence: 2");
        assertThat(publish("a.1", with("").expectedLastSubjectSequence(2).expectedLastSequence(2)))
                .isEqualTo("10071 wrong last sequence: 1");
        assertThat(publish("a.1", with("").expectedLastSequence(2).expectedLastMsgId("one")))
                .isEqualTo("10070 wrong last msg ID: two");
        assertThat(
                        publish(
                                "a.1",
                                with("three")
                                        .expectedLastSubjectSequence(1)
                                        .expectedLastSequence(2)
                                        .expectedLastMsgId("two")))
                .isEqualTo("3");
    }

    @Test
    void a_batch_may_expect_the_newest_of_several_subjects() throws Exception {
        make(true);
        publish("a.1.x", with(""));
        String other = "Nats-Expected-Last-Subject-Sequence-Subject";
        Headers first =
                new Headers()
                        .add("Nats-Batch-Id", "b")
                        .add("Nats-Batch-Sequence", "1")
                        .add("Nats-Expected-Last-Subject-Sequence", "1")
                        .add(other, "a.1.>");
        Headers second =
                new Headers()
                        .add("Nats-Batch-Id", "b")
                        .add("Nats-Batch-Sequence", "2")
                        .add("Nats-Batch-Commit", "1");
        nats.client.request("a.1.y", first, BODY, Jnats.PATIENCE);
        assertThat(Jnats.text(nats.client.request("a.1.z", second, BODY, Jnats.PATIENCE)))
                .contains("\"seq\":3", "\"count\":2");
        nats.client.request("a.1.y", first, BODY, Jnats.PATIENCE);
        assertThat(Jnats.text(nats.client.request("a.1.z", second, BODY, Jnats.PATIENCE)))
                .contains("\"err_code\":10071", "wrong last sequence: 3");
    }
}
