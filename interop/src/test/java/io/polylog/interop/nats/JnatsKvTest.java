package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueManagement;
import io.nats.client.PurgeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.KeyValueEntry;
import io.nats.client.api.KeyValueOperation;
import io.nats.client.api.KeyValueStatus;
import io.nats.client.api.KeyValueWatcher;
import io.nats.client.api.StorageType;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Buckets of keys and values as NATS' own client makes them.
class JnatsKvTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;
    private KeyValueManagement buckets;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        connect();
    }

    private void connect() throws Exception {
        nats = Jnats.on(broker);
        buckets = nats.client.keyValueManagement();
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private KeyValue bucket(int history) throws Exception {
        buckets.create(
                KeyValueConfiguration.builder()
                        .name("B")
                        .maxHistoryPerKey(history)
                        .storageType(StorageType.File)
                        .build());
        return nats.client.keyValue("B");
    }

    private static void assertConflict(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        JetStreamApiException.class,
                        refused -> assertThat(refused.getApiErrorCode()).isEqualTo(10071));
    }

    @Test
    void keys_are_put_got_updated_and_deleted() throws Exception {
        KeyValue kv = bucket(1);

        assertThat(kv.get("k")).isNull();
        assertThat(kv.create("k", "one".getBytes(UTF_8))).isEqualTo(1);
        assertConflict(() -> kv.create("k", new byte[0]));
        assertThat(kv.update("k", "two".getBytes(UTF_8), 1)).isEqualTo(2);
        assertConflict(() -> kv.update("k", new byte[0], 1));
        assertThat(kv.put("other", "x")).isEqualTo(3);
        assertThat(kv.get("k").getValueAsString()).isEqualTo("two");
        assertThat(kv.get("k").getRevision()).isEqualTo(2);
        assertThat(kv.keys()).containsExactlyInAnyOrder("k", "other");

        kv.delete("k");

        assertThat(kv.get("k")).isNull();
        assertThat(kv.keys()).containsExactly("other");
        assertThat(kv.create("k", "again".getBytes(UTF_8))).isEqualTo(5);
        kv.purge("k");
        assertThat(kv.history("k"))
                .extracting(KeyValueEntry::getOperation)
                .containsExactly(KeyValueOperation.PURGE);
    }

    @Test
    void so_many_values_of_a_key_are_kept_also_after_a_restart() throws Exception {
        KeyValue kv = bucket(3);
        for (int i = 0; i < 10; i++) {
            kv.put("k", "v" + i);
            kv.put("l", "w" + i);
        }
        assertThat(kv.history("k"))
                .extracting(KeyValueEntry::getValueAsString)
                .containsExactly("v7", "v8", "v9");
        KeyValueStatus status = kv.getStatus();
        assertThat(status.getEntryCount()).isEqualTo(6);
        assertThat(status.getMaxHistoryPerKey()).isEqualTo(3);
        nats.close();
        broker.close();
        broker = RunningBroker.on(folder.resolve("data"));
        connect();

        KeyValue after = nats.client.keyValue("B");

        assertThat(after.history("l"))
                .extracting(KeyValueEntry::getValueAsString)
                .containsExactly("w7", "w8", "w9");
        assertThat(after.get("k").getValueAsString()).isEqualTo("v9");
        assertThat(buckets.getBucketNames()).containsExactly("B");
        buckets.delete("B");
        assertThat(buckets.getBucketNames()).isEmpty();
    }

    @Test
    void a_watcher_sees_what_is_there_and_what_comes() throws Exception {
        KeyValue kv = bucket(1);
        kv.put("a", "1");
        kv.put("b", "1");
        kv.put("a", "2");
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        CountDownLatch initial = new CountDownLatch(1);
        kv.watchAll(
                new KeyValueWatcher() {
                    @Override
                    public void watch(KeyValueEntry entry) {
                        seen.add(entry.getKey() + "=" + entry.getValueAsString());
                    }

                    @Override
                    public void endOfData() {
                        seen.add("end");
                        initial.countDown();
                    }
                });
        assertThat(initial.await(15, java.util.concurrent.TimeUnit.SECONDS)).isTrue();

        kv.put("c", "1");
        kv.delete("a");

        await().until(() -> seen.size() == 5);
        assertThat(seen).containsExactly("b=1", "a=2", "end", "c=1", "a=null");
    }

    @Test
    void markers_of_what_is_deleted_are_purged() throws Exception {
        KeyValue kv = bucket(5);
        kv.put("a", "1");
        kv.put("b", "1");
        kv.delete("a");
        kv.purgeDeletes(
                io.nats.client.api.KeyValuePurgeOptions.builder()
                        .deleteMarkersNoThreshold()
                        .build());

        assertThat(kv.history("a")).isEmpty();
        assertThat(kv.keys()).isEqualTo(List.of("b"));
    }

    @Test
    void a_consumer_does_not_wait_for_what_is_gone() throws Exception {
        KeyValue kv = bucket(5);
        kv.put("a", "1");
        kv.put("b", "1");
        JetStreamManagement streams = nats.client.jetStreamManagement();
        streams.addOrUpdateConsumer(
                "KV_B",
                ConsumerConfiguration.builder()
                        .durable("c")
                        .ackPolicy(AckPolicy.Explicit)
                        .filterSubject("$KV.B.>")
                        .build());
        assertThat(streams.getConsumerInfo("KV_B", "c").getNumPending()).isEqualTo(2);

        streams.purgeStream("KV_B", PurgeOptions.subject("$KV.B.b"));

        await().untilAsserted(() ->
                assertThat(streams.getConsumerInfo("KV_B", "c").getNumPending()).isEqualTo(1));
    }
}
