package io.polylog.broker;

import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A producer's batch for one partition.
///
/// @param topic the topic
/// @param partition its partition
/// @param producer identity for de-duplication, or null
/// @param encoding tag of the codec that opens the batch
/// @param recordCount records in the batch = offsets it takes, 1 or more
/// @param maxTimestampMs newest record time, milliseconds since 1970
/// @param batch the batch as sent; its first 16 bytes (base offset, length, leader epoch) may be
///   patched by readers
/// @param opened the same records one by one, where [Session#wantsOpened]; else empty
public record Append(
        TopicName topic,
        int partition,
        @Nullable ProducerStamp producer,
        byte encoding,
        int recordCount,
        long maxTimestampMs,
        ByteBuffer batch,
        List<Publication.Content> opened) {

    /// Who sent a batch and which one it is: retries with the same stamp are stored once.
    ///
    /// @param id producer id
    /// @param epoch 0 to 32767; an older epoch is fenced
    /// @param baseSequence of the batch's first record; each next batch continues it, wrapping from
    ///   2^31-1 to 0
    public record ProducerStamp(long id, short epoch, int baseSequence) {}
}
