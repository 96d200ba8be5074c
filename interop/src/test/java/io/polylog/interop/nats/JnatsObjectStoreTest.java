package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.ObjectStore;
import io.nats.client.ObjectStoreManagement;
import io.nats.client.api.ObjectInfo;
import io.nats.client.api.ObjectStoreConfiguration;
import io.polylog.interop.RunningBroker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Objects in a stream as NATS' own client keeps them.
class JnatsObjectStoreTest {
    private static final int CHUNK_BYTES = 128 << 10;

    @TempDir private Path folder;
    private RunningBroker broker;
    private Jnats nats;
    private ObjectStoreManagement stores;
    private ObjectStore store;

    @BeforeEach
    void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        nats = Jnats.on(broker);
        stores = nats.client.objectStoreManagement();
        stores.create(ObjectStoreConfiguration.builder("O").build());
        store = nats.client.objectStore("O");
    }

    @AfterEach
    void stopBroker() {
        nats.close();
        broker.close();
    }

    private static byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private byte[] get(String name) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.get(name, out);
        return out.toByteArray();
    }

    private long messages() throws Exception {
        return nats.client
                .jetStreamManagement()
                .getStreamInfo("OBJ_O")
                .getStreamState()
                .getMsgCount();
    }

    @Test
    void an_object_of_many_chunks_is_put_got_replaced_and_deleted() throws Exception {
        byte[] large = bytes(20 * CHUNK_BYTES + 1);
        ObjectInfo put = store.put("large", new ByteArrayInputStream(large));
        assertThat(put.getChunks()).isEqualTo(21);
        assertThat(get("large")).isEqualTo(large);
        assertThat(messages()).isEqualTo(22);

        byte[] small = bytes(100);
        store.put("large", small);
        store.put("other", small);

        assertThat(get("large")).isEqualTo(small);
        assertThat(store.getList())
                .extracting(ObjectInfo::getObjectName)
                .containsExactlyInAnyOrder("large", "other");
        assertThat(messages()).isEqualTo(4);
        store.delete("large");
        assertThat(store.getInfo("large")).isNull();
        assertThat(messages()).isEqualTo(3);
    }

    @Test
    void nothing_comes_into_a_sealed_store() throws Exception {
        byte[] small = bytes(100);
        store.put("a", small);

        assertThat(store.seal().isSealed()).isTrue();

        assertThatThrownBy(() -> store.put("b", small)).isNotNull();
        assertThat(get("a")).isEqualTo(small);
        assertThat(stores.getBucketNames()).containsExactly("O");
    }
}
