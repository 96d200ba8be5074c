package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.MessageTtl;
import io.nats.client.PublishOptions;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Messages and keys that go at a time of their own, and what stands in their place then.
class JnatsTimeToLiveTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private JetStreamManagement streams() throws Exception {
        return nats.client.jetStreamManagement();
    }

    private void publish(String subject, String timeToLive) throws Exception {
        PublishOptions.Builder options = PublishOptions.builder();
        if (!timeToLive.isEmpty()) {
            options.messageTtlCustom(timeToLive);
        }
        JetStream stream = nats.client.jetStream();
        stream.publish(subject, subject.getBytes(UTF_8), options.build());
    }

    private void assertRefused(int error, String subject, String timeToLive) {
        assertThatThrownBy(() -> publish(subject, timeToLive))
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(error));
    }

    @Test
    void a_message_goes_when_its_own_time_is_over_and_outlives_the_streams_for_ever()
            throws Exception {
        StreamConfiguration config =
                StreamConfiguration.builder()
                        .name("T")
                        .subjects("t.*")
                        .allowMessageTtl()
                        .maxAge(Duration.ofSeconds(2))
                        .build();
        assertThat(streams().addStream(config).getConfiguration().getAllowMessageTtl()).isTrue();
        publish("t.plain", "");
        publish("t.ever", "never");
        publish("t.short", "1s");
        publish("t.long", "1h1m0.5s");
        assertRefused(10165, "t.bad", "soon");
        assertRefused(10165, "t.bad", "100ms");

        await().until(() -> streams().getStreamInfo("T").getStreamState().getMsgCount() == 3);
        assertThat(streams().getMessage("T", 1).getSubject()).isEqualTo("t.plain");
        await().until(() -> streams().getStreamInfo("T").getStreamState().getMsgCount() == 1);
        MessageInfo ever = streams().getFirstMessage("T", "t.*");
        assertThat(ever.getSubject()).isEqualTo("t.ever");
        assertThat(ever.getHeaders().getFirst("Nats-TTL")).isEqualTo("never");
    }

    @Test
    void others_do_not_take_it() throws Exception {
        streams().addStream(StreamConfiguration.builder().name("O").subjects("o").build());
        assertRefused(10166, "o", "5");
        publish("o", "0");
        streams()
                .updateStream(
                        StreamConfiguration.builder()
                                .name("O")
                                .subjects("o")
                                .allowMessageTtl()
                                .build());
        publish("o", "1");
        await().until(() -> streams().getStreamInfo("O").getStreamState().getMsgCount() == 1);
        assertThatThrownBy(() ->
                        streams()
                                .updateStream(
                                        StreamConfiguration.builder()
                                                .name("O")
                                                .subjects("o")
                                                .build()))
                .hasMessageContaining("message TTL status can not be disabled");
    }

    @Test
    void a_time_that_is_shorter_than_a_marks_is_raised_to_it() throws Exception {
        streams()
                .addStream(
                        StreamConfiguration.builder()
                                .name("M")
                                .subjects("m.*")
                                .subjectDeleteMarkerTtl(Duration.ofSeconds(50))
                                .build());
        publish("m.a", "2");
        publish("m.b", "2m");
        assertThat(streams().getMessage("M", 1).getHeaders().getFirst("Nats-TTL")).isEqualTo("50");
        assertThat(streams().getMessage("M", 2).getHeaders().getFirst("Nats-TTL")).isEqualTo("2m");
    }

    private KeyValue bucket(Duration marker) throws Exception {
        nats.client
                .keyValueManagement()
                .create(KeyValueConfiguration.builder().name("B").limitMarker(marker).build());
        return nats.client.keyValue("B");
    }

    /// Collects what a watcher sees, as `OPERATION key`.
    private static Queue<String> watched(KeyValue kv) throws Exception {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        kv.watchAll(
                new KeyValueWatcher() {
                    @Override
                    public void watch(KeyValueEntry entry) {
                        seen.add(entry.getOperation() + " " + entry.getKey());
                    }

                    @Override
                    public void endOfData() {}
                });
        return seen;
    }

    @Test
    void a_key_ends_and_who_watches_sees_it() throws Exception {
        KeyValue kv = bucket(Duration.ofSeconds(1));
        Queue<String> seen = watched(kv);
        kv.create("short", "v".getBytes(UTF_8), MessageTtl.seconds(1));
        kv.put("stays", "v".getBytes(UTF_8));

        await().until(() -> seen.contains(KeyValueOperation.PURGE + " short"));
        assertThat(seen).containsExactly("PUT short", "PUT stays", "PURGE short");
        assertThat(kv.get("short")).isNull();
        MessageInfo marker = streams().getLastMessage("KV_B", "$KV.B.short");
        assertThat(marker.getHeaders().getFirst("Nats-Marker-Reason")).isEqualTo("MaxAge");
        assertThat(marker.getHeaders().getFirst("Nats-TTL")).isEqualTo("1s");

        // The marker goes too, without another.
        await().until(() -> streams().getStreamInfo("KV_B").getStreamState().getMsgCount() == 1);
        assertThat(streams().getStreamInfo("KV_B").getStreamState().getLastSequence()).isEqualTo(3);
        assertThat(kv.keys()).isEqualTo(List.of("stays"));
        kv.create("short", "again".getBytes(UTF_8));
        kv.purge("short", MessageTtl.seconds(1));
        await().until(() -> streams().getStreamInfo("KV_B").getStreamState().getMsgCount() == 1);
        assertThat(streams().getStreamInfo("KV_B").getStreamState().getLastSequence()).isEqualTo(5);
    }

    @Test
    void a_key_whose_time_ends_while_nobody_runs_gets_its_marker_later() throws Exception {
        bucket(Duration.ofSeconds(30)).create("k", new byte[] {1}, MessageTtl.seconds(1));
        nats.close();
        broker.close();
        long closed = System.nanoTime();
        await().until(() -> System.nanoTime() - closed > Duration.ofMillis(1200).toNanos());
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
        Queue<String> seen = watched(nats.client.keyValue("B"));
        await().until(() -> seen.contains(KeyValueOperation.PURGE + " k"));
        assertThat(streams().getStreamInfo("KV_B").getStreamState().getMsgCount()).isEqualTo(1);
    }
}
