package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.PurgeOptions;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Streams as NATS' own client makes and finds them.
class JnatsStreamsTest {
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
    void disconnect() throws Exception {
        for (String name : streams.getStreamNames()) {
            streams.deleteStream(name);
        }
        nats.close();
    }

    private static StreamConfiguration.Builder config(String name, String... subjects) {
        return StreamConfiguration.builder().name(name).subjects(subjects);
    }

    private static void assertRefused(int number, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused ->
                                assertThat(refused.getApiErrorCode())
                                        .as(refused.getMessage())
                                        .isEqualTo(number));
    }

    @Test
    void a_stream_is_made_found_and_deleted() throws Exception {
        StreamInfo made =
                streams.addStream(
                        config("ORDERS", "orders.>", "returns.*")
                                .description("what was ordered")
                                .maxAge(Duration.ofHours(1))
                                .build());

        assertThat(made.getConfiguration().getSubjects()).containsExactly("orders.>", "returns.*");
        assertThat(made.getConfiguration().getDescription()).isEqualTo("what was ordered");
        assertThat(made.getConfiguration().getRetentionPolicy()).isEqualTo(RetentionPolicy.Limits);
        assertThat(made.getConfiguration().getMaxAge()).isEqualTo(Duration.ofHours(1));
        assertThat(made.getConfiguration().getDuplicateWindow()).isEqualTo(Duration.ofMinutes(2));
        assertThat(made.getStreamState().getMsgCount()).isZero();
        assertThat(made.getStreamState().getLastSequence()).isZero();
        assertThat(streams.getStreamInfo("ORDERS").getCreateTime()).isEqualTo(made.getCreateTime());
        assertThat(streams.getStreamNames()).containsExactly("ORDERS");
        assertThat(streams.getStreamNames("orders.eu.1")).containsExactly("ORDERS");
        assertThat(streams.getStreamNames("orders")).isEmpty();
        assertThat(streams.getStreams()).hasSize(1);
        assertThat(streams.getAccountStatistics().getStreams()).isEqualTo(1);

        assertThat(streams.deleteStream("ORDERS")).isTrue();
        assertRefused(10059, () -> streams.getStreamInfo("ORDERS"));
        assertThat(streams.getStreamNames()).isEmpty();
    }

    @Test
    void the_same_once_more_is_the_same_and_another_is_refused() throws Exception {
        StreamInfo made = streams.addStream(config("S", "a").build());

        assertThat(streams.addStream(config("S", "a").build()).getCreateTime())
                .isEqualTo(made.getCreateTime());
        assertRefused(10058, () -> streams.addStream(config("S", "b").build()));
        assertRefused(10065, () -> streams.addStream(config("T", "*").build()));
        assertThat(streams.getStreamNames()).containsExactly("S");
    }

    @Test
    void what_the_broker_cannot_do_is_refused() {
        assertRefused(
                10052,
                () ->
                        streams.addStream(
                                config("S", "a")
                                        .retentionPolicy(RetentionPolicy.WorkQueue)
                                        .build()));
        assertRefused(
                10052, () -> streams.addStream(config("S", "a").maxMessagesPerSubject(1).build()));
        assertRefused(10052, () -> streams.addStream(config("S", "a").maxMessages(5).build()));
        assertRefused(10052, () -> streams.addStream(config("S", "a").allowRollup(true).build()));
        assertRefused(10074, () -> streams.addStream(config("S", "a").replicas(3).build()));
        assertRefused(10059, () -> streams.deleteStream("S"));
    }

    @Test
    void an_update_moves_its_subjects() throws Exception {
        streams.addStream(config("S", "a").build());

        StreamInfo after = streams.updateStream(config("S", "b.>").description("new").build());

        assertThat(after.getConfiguration().getSubjects()).containsExactly("b.>");
        nats.publish("a", "lost");
        nats.publish("b.c", "kept");
        nats.client.flush(Jnats.PATIENCE);
        assertThat(streams.getStreamInfo("S").getStreamState().getMsgCount()).isEqualTo(1);
        assertRefused(
                10052,
                () ->
                        streams.updateStream(
                                config("S", "b.>").storageType(StorageType.Memory).build()));
    }

    @Test
    void what_is_published_on_its_subjects_is_kept_and_purged() throws Exception {
        streams.addStream(config("S", "a.>").build());
        for (int i = 0; i < 5; i++) {
            nats.publish("a.b", "message " + i);
        }
        nats.publish("a", "not of it");
        nats.client.flush(Jnats.PATIENCE);

        StreamInfo before = streams.getStreamInfo("S");
        assertThat(before.getStreamState().getMsgCount()).isEqualTo(5);
        assertThat(before.getStreamState().getFirstSequence()).isEqualTo(1);
        assertThat(before.getStreamState().getLastSequence()).isEqualTo(5);
        assertThat(before.getStreamState().getByteCount()).isPositive();

        assertThat(streams.purgeStream("S", PurgeOptions.builder().keep(2).build()).getPurged())
                .isEqualTo(3);
        assertThat(streams.getStreamInfo("S").getStreamState().getFirstSequence()).isEqualTo(4);
        assertThat(streams.purgeStream("S").getPurged()).isEqualTo(2);
        StreamInfo after = streams.getStreamInfo("S");
        assertThat(after.getStreamState().getMsgCount()).isZero();
        assertThat(after.getStreamState().getFirstSequence()).isEqualTo(6);
        assertThat(after.getStreamState().getLastSequence()).isEqualTo(5);
    }
}
