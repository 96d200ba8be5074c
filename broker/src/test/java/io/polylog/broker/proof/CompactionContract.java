package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Reader;
import io.polylog.broker.TopicSpec.Compaction;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What a compacted topic keeps: the newest message of each key, and tombstones for a while.
interface CompactionContract extends BrokerContract {
    long DAY_MS = 86_400_000;

    /// Older than what is left alone, and a look.
    long SOON_MS = 8_000;

    @Test
    default void theNewestMessageOfEachKeyIsKeptAtItsOffset() {
        Peer peer = compacted(new Compaction(0, DAY_MS, 0));
        List<Publication> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(keyed("k" + i % 10, "m" + i, false));
        }
        send(peer, all);
        Reader reader = peer.reader("t", 0);
        assertThat(texts(peer, reader)).as("what is young").hasSize(100);
        List<String> newest = IntStream.range(90, 100).mapToObj(i -> "m" + i).toList();

        pass(() -> texts(peer, reader).size() == 10);
        assertThat(texts(peer, reader)).isEqualTo(newest);
        assertThat(peer.readAll(reader, 1_000)).extracting(Reader.Entry::offset).startsWith(90L);
        assertThat(reader.startOffset()).isZero();
        assertThat(reader.endOffset()).isEqualTo(100);
        assertThat(rig().await(reader.read(7, 1_000)).records().getFirst().offset()).isEqualTo(90);
        assertThat(rig().await(reader.heldBytes())).isBetween(20L, 40L);
        assertThat(peer.stats("t").ready()).isEqualTo(10);

        send(peer, List.of(keyed("k3", "new", false)));
        pass(() -> !texts(peer, reader).contains("m93"));
        assertThat(texts(peer, reader)).hasSize(10).endsWith("m99", "new");
    }

    @Test
    default void messagesWithoutAKeyStay() {
        Peer peer = compacted(new Compaction(0, DAY_MS, 0));
        send(peer, List.of(keyed(null, "a", false), keyed("k", "b", false)));
        send(peer, List.of(keyed(null, "c", false), keyed("k", "d", false)));
        Reader reader = peer.reader("t", 0);

        pass(() -> texts(peer, reader).size() == 3);
        assertThat(texts(peer, reader)).containsExactly("a", "c", "d");
    }

    @Test
    default void aTombstoneOutlivesWhatItEndsForReadersWhoSawThat() {
        Peer peer = compacted(new Compaction(0, DAY_MS, 0));
        send(peer, List.of(keyed("k", "value", false), keyed("other", "x", false)));
        send(peer, List.of(keyed("k", "end", true), keyed("other", "y", false)));
        Reader reader = peer.reader("t", 0);

        pass(() -> texts(peer, reader).equals(List.of("end", "y")));
        rig().passMs(DAY_MS);
        rig().quiesce();
        assertThat(texts(peer, reader)).containsExactly("end", "y");
        send(peer, List.of(keyed("other", "z", false)));
        pass(() -> texts(peer, reader).equals(List.of("z")));
    }

    @Test
    default void theLastMessageStaysThoughItIsAnOldTombstone() {
        Peer peer = compacted(new Compaction(0, 1_000, 0));
        send(peer, List.of(keyed("a", "x", false), keyed("a", "end", true)));
        Reader reader = peer.reader("t", 0);

        pass(() -> texts(peer, reader).equals(List.of("end")));
        rig().passMs(10 * SOON_MS);
        rig().quiesce();
        assertThat(texts(peer, reader)).containsExactly("end");
    }

    @Test
    default void nothingIsDoneForLittle() {
        Peer peer = compacted(new Compaction(0, DAY_MS, 50));
        List<Publication> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(keyed("k" + i, "m" + i, false));
        }
        send(peer, all);
        Reader reader = peer.reader("t", 0);
        rig().passMs(SOON_MS);
        rig().passMs(SOON_MS);
        peer.store("t", "no key: a pass that finds nothing is not to be seen otherwise");
        send(peer, List.of(keyed("k1", "again", false)));
        rig().passMs(SOON_MS);
        rig().quiesce();

        assertThat(texts(peer, reader)).contains("m1", "again");
    }

    @Test
    default void aCompactedTopicMayHaveAnAgeToo() {
        Peer peer = peer();
        Retention both = new Retention(DAY_MS, -1, false, new Compaction(0, DAY_MS, 0));
        peer.declare(Specs.spec("t", Form.MESSAGES, 1, both, Lifetime.DURABLE));
        send(peer, List.of(keyed("a", "1", false), keyed("a", "2", false)));
        Reader reader = peer.reader("t", 0);
        pass(() -> texts(peer, reader).equals(List.of("2")));

        rig().passMs(DAY_MS);
        rig().await("it is too old", () -> reader.startOffset() == 2);
        assertThat(texts(peer, reader)).isEmpty();
    }

    // ------------------------------------------------------------------------------------------

    private void pass(java.util.function.BooleanSupplier seen) {
        rig().passMs(SOON_MS);
        rig().await("a pass", seen);
    }

    private Peer compacted(Compaction compaction) {
        Peer peer = peer();
        Retention newest = new Retention(-1, -1, false, compaction);
        peer.declare(Specs.spec("t", Form.MESSAGES, 1, newest, Lifetime.DURABLE));
        return peer;
    }

    private void send(Peer peer, List<Publication> batch) {
        assertThat(rig().await(peer.send(batch))).allMatch(Outcome.STORED::equals);
    }

    private static Publication keyed(@Nullable String key, String text, boolean tombstone) {
        byte[] bytes = key == null ? null : key.getBytes(StandardCharsets.UTF_8);
        Envelope envelope = new Envelope(0, -1, -1, bytes, tombstone);
        ByteBuffer body = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        return new Publication(
                new Publication.Address.Direct(TopicName.of("t"), 0),
                new Content(Peer.TEXT, envelope, body));
    }

    private static List<String> texts(Peer peer, Reader reader) {
        return peer.readAll(reader, 1_000).stream().map(Peer::text).toList();
    }
}
