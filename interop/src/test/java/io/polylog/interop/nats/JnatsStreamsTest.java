package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.PurgeOptions;
import io.nats.client.api.PurgeResponse;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.api.StreamState;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    void a_stream_begins_with_another_sequence() throws Exception {
        StreamState fresh =
                streams.addStream(config("S", "a").firstSequence(5000).build()).getStreamState();
        assertThat(fresh.getFirstSequence()).isEqualTo(5000);
        assertThat(fresh.getLastSequence()).isEqualTo(4999);
        assertThat(nats.client.jetStream().publish("a", new byte[0]).getSeqno()).isEqualTo(5000);
        StreamInfo after = streams.updateStream(config("S", "a", "b").build());
        assertThat(after.getConfiguration().getFirstSequence()).isEqualTo(5000);
        assertThat(after.getStreamState().getMsgCount()).isEqualTo(1);
    }

    @Test
    void what_the_broker_cannot_do_is_refused() {
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

    @Test
    void single_messages_and_those_of_some_subjects_go() throws Exception {
        streams.addStream(config("S", "a.>").build());
        for (String subject : List.of("a.x.1", "a.y", "a.x.2", "a.x.1", "a.y", "a.x.2")) {
            nats.client.jetStream().publish(subject, subject.getBytes(UTF_8));
        }

        assertThat(streams.deleteMessage("S", 2)).isTrue();
        assertRefused(10043, () -> streams.deleteMessage("S", 2));
        assertRefused(10037, () -> streams.getMessage("S", 2));
        StreamState holed = streams.getStreamInfo("S").getStreamState();
        assertThat(holed.getMsgCount()).isEqualTo(5);
        assertThat(holed.getDeletedCount()).isEqualTo(1);
        assertThat(
                        streams.purgeStream(
                                "S", PurgeOptions.builder().subject("a.x.*").keep(1).build()))
                .extracting(PurgeResponse::getPurged)
                .isEqualTo(3L);
        assertThat(streams.getStreamInfo("S").getStreamState().getFirstSequence()).isEqualTo(5);
        assertThat(streams.getLastMessage("S", "a.x.*").getSeq()).isEqualTo(6);
        assertRefused(10037, () -> streams.getLastMessage("S", "a.x.1"));
    }

    @Test
    void subjects_are_told_with_and_without_an_index() throws Exception {
        for (boolean indexed : List.of(true, false)) {
            streams.addStream(config("S", "a.>").allowDirect(indexed).build());
            for (String subject : List.of("a.x.1", "a.y", "a.x.1")) {
                nats.client.jetStream().publish(subject, new byte[0]);
            }

            StreamState state =
                    streams.getStreamInfo("S", StreamInfoOptions.filterSubjects("a.x.*"))
                            .getStreamState();

            assertThat(state.getSubjectMap()).isEqualTo(Map.of("a.x.1", 2L));
            assertThat(streams.getLastMessage("S", "a.x.*").getSeq()).isEqualTo(3);
            streams.deleteStream("S");
        }
    }

    @Test
    void nothing_is_deleted_where_that_is_denied() throws Exception {
        streams.addStream(config("S", "a").denyDelete(true).denyPurge(true).build());
        nats.client.jetStream().publish("a", new byte[0]);

        assertRefused(10057, () -> streams.deleteMessage("S", 1));
        assertRefused(10110, () -> streams.purgeStream("S"));
    }

    @Test
    void a_sealed_stream_stays_as_it_is() throws Exception {
        streams.addStream(config("S", "a").maximumMessageSize(5).build());
        assertRefused(10054, () -> nats.client.jetStream().publish("a", new byte[6]));
        nats.client.jetStream().publish("a", new byte[5]);

        StreamInfo sealed =
                streams.updateStream(config("S", "a").maximumMessageSize(5).seal().build());

        assertThat(sealed.getConfiguration().getSealed()).isTrue();
        assertThat(sealed.getConfiguration().getDenyPurge()).isTrue();
        assertRefused(10109, () -> nats.client.jetStream().publish("a", new byte[5]));
        assertRefused(10109, () -> streams.purgeStream("S"));
        assertRefused(10109, () -> streams.deleteMessage("S", 1));
        assertThat(streams.getStreamInfo("S").getStreamState().getMsgCount()).isEqualTo(1);
    }
}
