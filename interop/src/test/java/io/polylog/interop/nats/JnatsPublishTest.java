package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.Options;
import io.nats.client.PublishOptions;
import io.nats.client.Subscription;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.polylog.interop.RunningBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What NATS' own client is told of what it publishes into a stream.
class JnatsPublishTest {
    private static final byte[] BODY = "body".getBytes(UTF_8);

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Jnats nats;
    private JetStream stream;

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
        stream = nats.client.jetStream();
        nats.client
                .jetStreamManagement()
                .addStream(StreamConfiguration.builder().name("S").subjects("a.>").build());
    }

    @AfterEach
    void disconnect() throws Exception {
        nats.client.jetStreamManagement().deleteStream("S");
        nats.close();
    }

    private static void assertRefused(int number, String words, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> {
                            assertThat(refused.getApiErrorCode()).isEqualTo(number);
                            assertThat(refused.getErrorDescription()).isEqualTo(words);
                        });
    }

    @Test
    void everybody_who_listens_for_an_answer_hears_it() throws Exception {
        try (Jnats other = Jnats.on(broker);
                Jnats quiet = Jnats.on(broker, Options.Builder::noEcho)) {
            Subscription own = nats.subscribe("acks.*");
            Subscription others = other.subscribe("acks.1");
            Subscription unechoed = quiet.subscribe("quiet.acks");

            nats.client.publish("a.b", "acks.1", BODY);
            String first = Jnats.text(Jnats.next(own));
            assertThat(first).isEqualTo("{\"stream\":\"S\",\"seq\":1}");
            assertThat(Jnats.text(Jnats.next(others))).isEqualTo(first);
            nats.client.publish("a.b", "acks.2", BODY);
            assertThat(Jnats.text(Jnats.next(own))).contains("\"seq\":2");
            quiet.client.publish("a.b", "quiet.acks", BODY);
            assertThat(Jnats.text(Jnats.next(unechoed))).contains("\"seq\":3");

            nats.client.flush(Jnats.PATIENCE);
            assertThat(own.getPendingMessageCount()).isZero();
            assertThat(others.getPendingMessageCount()).isZero();
        }
    }

    @Test
    void a_publish_is_answered_with_its_sequence() throws Exception {
        PublishAck first = stream.publish("a.b", BODY);
        PublishAck second = stream.publish("a.c", BODY);

        assertThat(first.getStream()).isEqualTo("S");
        assertThat(first.getSeqno()).isEqualTo(1);
        assertThat(first.isDuplicate()).isFalse();
        assertThat(second.getSeqno()).isEqualTo(2);
        assertThatThrownBy(() -> stream.publish("nowhere", BODY)).isInstanceOf(IOException.class);
    }

    @Test
    void many_on_their_way_are_answered_each_with_its_own() throws Exception {
        List<CompletableFuture<PublishAck>> acks = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            acks.add(stream.publishAsync("a." + i % 7, BODY));
        }

        List<Long> sequences = new ArrayList<>();
        for (CompletableFuture<PublishAck> ack : acks) {
            sequences.add(ack.get(15, TimeUnit.SECONDS).getSeqno());
        }
        assertThat(sequences)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 1000).boxed().toList());
    }

    @Test
    void an_id_sent_again_is_told_with_the_first_ones_sequence() throws Exception {
        Headers id = new Headers().add("Nats-Msg-Id", "4711");
        stream.publish("a.b", id, BODY);
        stream.publish("a.b", BODY);

        PublishAck again = stream.publish("a.b", id, BODY);

        assertThat(again.isDuplicate()).isTrue();
        assertThat(again.getSeqno()).isEqualTo(1);
        assertThat(stream.publish("a.b", BODY).getSeqno()).isEqualTo(3);
    }

    @Test
    void what_is_expected_must_hold() throws Exception {
        PublishOptions empty = PublishOptions.builder().expectedLastSequence(0).build();
        assertThat(stream.publish("a.b", BODY, empty).getSeqno()).isEqualTo(1);
        stream.publish("a.c", BODY);

        assertRefused(10071, "wrong last sequence: 2", () -> stream.publish("a.b", BODY, empty));
        PublishOptions subject = PublishOptions.builder().expectedLastSubjectSequence(1).build();
        assertThat(stream.publish("a.b", BODY, subject).getSeqno()).isEqualTo(3);
        assertRefused(10071, "wrong last sequence: 3", () -> stream.publish("a.b", BODY, subject));
        PublishOptions none = PublishOptions.builder().expectedLastSubjectSequence(0).build();
        assertThat(stream.publish("a.new", BODY, none).getSeqno()).isEqualTo(4);
        PublishOptions other = PublishOptions.builder().expectedStream("T").build();
        assertRefused(
                10060, "expected stream does not match", () -> stream.publish("a.b", BODY, other));
    }

    @Test
    void a_header_that_asks_for_more_than_there_is_is_refused() {
        for (String header : List.of("Nats-Rollup", "Nats-TTL", "Nats-Incr", "Nats-Batch-Id")) {
            assertThatThrownBy(() -> stream.publish("a.b", new Headers().add(header, "1"), BODY))
                    .isInstanceOf(JetStreamApiException.class);
        }
    }
}
