package io.polylog.protocol.nats.jetstream.publishing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Topic;
import io.polylog.broker.Transaction;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsMapping;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// How long batches wait for their messages, and how much of them.
class BatchesTest {
    private static final int CHUNK_BYTES = 4 << 20;

    private final List<String> abandoned = new ArrayList<>();
    private final StreamTopic stream = stream();
    private long nowMs = 1_000_000;
    private final Batches batches =
            new Batches(() -> nowMs, (_, id, why) -> abandoned.add(id + " " + why));

    private static StreamTopic stream() {
        ObjectNode asked = Json.object().put("name", "S").put("allow_atomic", true);
        StreamConfig config = StreamConfig.asked(asked, "S");
        List<Topic.Partition> one = List.of(new Topic.Partition(0, 1, 0));
        Topic topic = new Topic(StreamTopic.spec("n", config), new UUID(0, 1), one, 0, 0);
        return StreamTopic.of(topic).getFirst();
    }

    private int send(String batch, int sequence, int bytes, Map<String, String> commit) {
        Map<String, String> headers = new HashMap<>(commit);
        headers.put("Nats-Batch-Sequence", String.valueOf(sequence));
        Publication message =
                new Publication(
                        new Address.Subject("n", "S"),
                        new Content(
                                NatsMapping.ENCODING,
                                Envelope.PLAIN,
                                NatsContent.of("S", "", new byte[0], ByteBuffer.allocate(bytes))));
        List<Publication> whole = batches.take(stream, batch, headers, message);
        return whole == null ? 0 : whole.size();
    }

    private int send(String batch, int sequence, int bytes) {
        return send(batch, sequence, bytes, Map.of());
    }

    private void assertRefused(String words, Runnable send) {
        assertThatThrownBy(send::run).isInstanceOf(ApiException.class).hasMessage(words);
    }

    @Test
    void a_batch_of_which_nothing_comes_is_dropped() {
        send("slow", 1, 10);
        nowMs += 9_999;
        batches.tick();
        send("slow", 2, 10);
        nowMs += 9_999;
        batches.tick();
        assertThat(abandoned).isEmpty();
        nowMs++;
        batches.tick();

        assertThat(abandoned).containsExactly("slow timeout");
        assertRefused("atomic publish batch is incomplete", () -> send("slow", 3, 10));
        assertThat(send("slow", 1, 10, Map.of("Nats-Batch-Commit", "1"))).isEqualTo(1);
    }

    @Test
    void a_batch_has_no_more_bytes_than_a_transaction() {
        int fit = Transaction.MOST_BYTES / CHUNK_BYTES - 1;
        for (int i = 1; i <= fit; i++) {
            send("big", i, CHUNK_BYTES);
        }
        assertRefused(
                "atomic publish batch is too large: 1000", () -> send("big", fit + 1, CHUNK_BYTES));
        assertThat(abandoned).containsExactly("big large");
    }

    @Test
    void all_batches_together_have_a_bound_that_is_free_again_when_they_are_over() {
        int most = 2 * Transaction.MOST_BYTES / CHUNK_BYTES - 1;
        for (int i = 1; i <= most; i++) {
            send("b" + i, 1, CHUNK_BYTES);
        }
        String words = "atomic publish too many inflight";
        assertRefused(words, () -> send("more", 1, CHUNK_BYTES));
        assertThat(send("b1", 2, 10, Map.of("Nats-Batch-Commit", "1"))).isEqualTo(2);
        send("more", 1, CHUNK_BYTES);
        assertRefused(words, () -> send("b1", 1, CHUNK_BYTES));
        nowMs += 10_000;
        batches.tick();
        send("b1", 1, CHUNK_BYTES);
    }
}
