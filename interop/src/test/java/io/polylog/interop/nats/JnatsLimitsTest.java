package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.ConsumerLimits;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamState;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How much a stream holds, as NATS' own client asks for it.
class JnatsLimitsTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;
    private JetStreamManagement streams;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        connect();
    }

    private void connect() throws Exception {
        nats = Jnats.on(broker);
        streams = nats.client.jetStreamManagement();
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private static StreamConfiguration.Builder config() {
        return StreamConfiguration.builder().name("S").subjects("a.*");
    }

    private void publish(String subject, String... texts) throws Exception {
        for (String text : texts) {
            nats.client.jetStream().publish(subject, text.getBytes(UTF_8));
        }
    }

    private StreamState state() throws Exception {
        return streams.getStreamInfo("S").getStreamState();
    }

    private List<String> kept() throws Exception {
        List<String> texts = new ArrayList<>();
        StreamState state = state();
        for (long each = state.getFirstSequence(); each <= state.getLastSequence(); each++) {
            try {
                texts.add(new String(streams.getMessage("S", each).getData(), UTF_8));
            } catch (JetStreamApiException gone) {
                assertThat(gone.getApiErrorCode()).isEqualTo(10037);
            }
        }
        return texts;
    }

    private void assertFull(String why, String subject, String text) {
        assertThatThrownBy(() -> publish(subject, text))
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> {
                            assertThat(refused.getApiErrorCode()).isEqualTo(10077);
                            assertThat(refused.getErrorDescription()).isEqualTo(why);
                        });
    }

    @Test
    void the_oldest_go_and_another_limit_holds_at_once_also_after_a_restart() throws Exception {
        streams.addStream(config().maxMessages(4).build());
        publish("a.x", "1", "2", "3", "4", "5");
        assertThat(kept()).containsExactly("2", "3", "4", "5");
        assertThat(state().getFirstSequence()).isEqualTo(2);

        assertThat(
                        streams.updateStream(config().maxMessages(2).build())
                                .getStreamState()
                                .getMsgCount())
                .isEqualTo(2);
        nats.close();
        broker.restart();
        connect();
        publish("a.x", "6");
        assertThat(kept()).containsExactly("5", "6");
        streams.updateStream(config().build());
        publish("a.x", "7");
        assertThat(kept()).containsExactly("5", "6", "7");
    }

    @Test
    void bytes_are_limited_exactly() throws Exception {
        streams.addStream(config().build());
        publish("a.x", "a".repeat(4000), "b".repeat(4000), "c".repeat(4000));
        streams.updateStream(config().maxBytes(10_000).build());
        assertThat(state().getMsgCount()).isEqualTo(2);
        publish("a.x", "d".repeat(5000));
        assertThat(state().getMsgCount()).isEqualTo(2);
        assertThat(state().getByteCount()).isBetween(9000L, 10_000L);
    }

    @Test
    void what_is_too_much_is_refused_and_told_why() throws Exception {
        streams.addStream(
                config().maxMessages(3).maxBytes(3000).discardPolicy(DiscardPolicy.New).build());
        publish("a.x", "1", "2");
        assertFull("maximum bytes exceeded", "a.x", "3".repeat(3000));
        publish("a.x", "3");
        assertFull("maximum messages exceeded", "a.x", "4");
        streams.purgeStream("S");
        publish("a.x", "5");
        assertThat(kept()).containsExactly("5");
    }

    @Test
    void of_each_subject_the_oldest_may_stay() throws Exception {
        streams.addStream(
                config().maxMessagesPerSubject(2)
                        .discardPolicy(DiscardPolicy.New)
                        .discardNewPerSubject(true)
                        .build());
        publish("a.x", "1", "2");
        publish("a.y", "3");
        assertFull("maximum messages per subject exceeded", "a.x", "4");
        assertThat(kept()).containsExactly("1", "2", "3");
        streams.updateStream(
                config().maxMessagesPerSubject(1).discardPolicy(DiscardPolicy.New).build());
        publish("a.x", "5");
        assertThat(kept()).containsExactly("3", "5");
        assertThatThrownBy(() ->
                        streams.updateStream(
                                config().maxMessagesPerSubject(1)
                                        .discardNewPerSubject(true)
                                        .build()))
                .hasMessageContaining(
                        "discard new per subject requires discard new policy to be set");
    }

    @Test
    void a_bucket_with_a_limit_of_bytes_takes_what_replaces() throws Exception {
        nats.client
                .keyValueManagement()
                .create(KeyValueConfiguration.builder().name("b").maxBucketSize(5000).build());
        var bucket = nats.client.keyValue("b");
        bucket.put("k", "a".repeat(2000));
        bucket.put("l", "b".repeat(2000));
        bucket.put("k", "c".repeat(2000));
        assertThatThrownBy(() -> bucket.put("m", "d".repeat(2000)))
                .hasMessageContaining("maximum bytes exceeded");
        assertThat(bucket.get("k").getValueAsString()).startsWith("c");
    }

    @Test
    void consumers_have_no_more_than_their_stream_allows() throws Exception {
        ConsumerLimits limits =
                ConsumerLimits.builder().maxAckPending(10).inactiveThreshold(60_000).build();
        streams.addStream(config().consumerLimits(limits).build());
        ConsumerConfiguration made =
                streams.createConsumer("S", consumer("c").build()).getConsumerConfiguration();
        assertThat(made.getMaxAckPending()).isEqualTo(10);
        assertThat(made.getInactiveThreshold()).isEqualTo(Duration.ofMinutes(1));
        assertThatThrownBy(
                        () -> streams.createConsumer("S", consumer("d").maxAckPending(11).build()))
                .hasMessageContaining("consumer max ack pending exceeds system limit of 10");
        ConsumerLimits lower = ConsumerLimits.builder().maxAckPending(5).build();
        assertThatThrownBy(() -> streams.updateStream(config().consumerLimits(lower).build()))
                .hasMessageContaining("change to limits violates consumers: c");
    }

    private static ConsumerConfiguration.Builder consumer(String name) {
        return ConsumerConfiguration.builder().durable(name);
    }

    @Test
    void what_is_too_old_goes() throws Exception {
        streams.addStream(config().build());
        publish("a.x", "1");
        streams.updateStream(config().maxAge(Duration.ofSeconds(1)).build());
        await().atMost(Jnats.PATIENCE).until(() -> state().getMsgCount() == 0);
        assertThat(state().getFirstSequence()).isEqualTo(2);
    }
}
