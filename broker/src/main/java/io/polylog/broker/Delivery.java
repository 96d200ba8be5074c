package io.polylog.broker;

import java.nio.ByteBuffer;

/// One message given to one consumer, to be settled. Identity: (subscription, offset, attempt).
///
/// @param topic the topic or queue it comes from
/// @param partition of the topic
/// @param subscription the subscription's id in its shard, or [#OF_CURSOR]
/// @param receiver which of the session's consumers got it, by the core's own count; 0 for a take
/// @param offset its offset
/// @param attempt 0 for the first delivery; a settlement carries it and another is refused
/// @param redelivered it may have been delivered before
/// @param timeMs the log's time for it
/// @param indexInRecord which message of the stored record it is (0 unless the record is a batch)
/// @param batch whether `content` is a producer's batch of which this is one record
/// @param content what was stored
public record Delivery(
        io.polylog.message.TopicName topic,
        int partition,
        long subscription,
        long receiver,
        long offset,
        int attempt,
        boolean redelivered,
        long timeMs,
        int indexInRecord,
        boolean batch,
        Publication.Content content) {
    /// Stands for the subscription where a cursor read it: settling it only makes room for more.
    public static final long OF_CURSOR = -1;

    /// The same with bytes of its own, for later than the turn in which it was given.
    public Delivery copied() {
        ByteBuffer bytes = ByteBuffer.allocate(content.bytes().remaining());
        bytes.put(content.bytes().duplicate()).flip();
        return with(new Publication.Content(content.encoding(), content.envelope(), bytes));
    }

    /// The same delivery of other bytes: what is kept for later must not hold the message.
    public Delivery with(Publication.Content other) {
        return new Delivery(
                topic,
                partition,
                subscription,
                receiver,
                offset,
                attempt,
                redelivered,
                timeMs,
                indexInRecord,
                batch,
                other);
    }

    /// The same delivery of a record that holds the message alone.
    public Delivery alone(Publication.Content other) {
        return new Delivery(
                topic,
                partition,
                subscription,
                receiver,
                offset,
                attempt,
                redelivered,
                timeMs,
                0,
                false,
                other);
    }
}
