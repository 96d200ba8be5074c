package io.polylog.broker;

/// One message given to one consumer, to be settled. Identity: (subscription, offset, attempt).
///
/// @param topic the topic or queue it comes from
/// @param partition of the topic
/// @param subscription the subscription's id in its shard
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
        long offset,
        int attempt,
        boolean redelivered,
        long timeMs,
        int indexInRecord,
        boolean batch,
        Publication.Content content) {}
