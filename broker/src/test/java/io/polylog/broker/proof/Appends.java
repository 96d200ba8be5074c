package io.polylog.broker.proof;

import io.polylog.broker.Append;
import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.Publication.Content;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Producers' batches as tests make them.
final class Appends {
    /// The first 16 bytes of a batch may be patched by its readers.
    static final String ROOM = "0123456789abcdef";

    private Appends() {}

    static Append of(
            String topic,
            int partition,
            @Nullable ProducerStamp stamp,
            int count,
            ByteBuffer bytes,
            List<Content> opened) {
        return new Append(
                TopicName.of(topic), partition, stamp, Peer.BATCH, count, 1_000, bytes, opened);
    }
}
