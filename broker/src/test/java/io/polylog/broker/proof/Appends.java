package io.polylog.broker.proof;

import io.polylog.broker.Append;
import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.Publication.Content;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
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

    /// With its records opened, each a text.
    static Append opened(
            String topic, int partition, @Nullable ProducerStamp stamp, String... texts) {
        List<Content> contents =
                IntStream.range(0, texts.length).mapToObj(i -> Peer.content(texts[i])).toList();
        ByteBuffer bytes = bytes(String.join("+", texts));
        return of(topic, partition, stamp, texts.length, bytes, contents);
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap((ROOM + text).getBytes(StandardCharsets.UTF_8));
    }
}
