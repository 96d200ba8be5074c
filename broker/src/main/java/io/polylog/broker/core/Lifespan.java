package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Topic;

/// How long messages of a queue may wait: what the queue says, or the message itself where that is
/// less.
///
/// @param queueMs what the queue says, or -1
record Lifespan(long queueMs) {
    /// Of a message that may wait for ever.
    static final long NEVER = Long.MAX_VALUE;

    static Lifespan of(Topic topic) {
        return new Lifespan(topic.spec().policy().expiry().messageMs());
    }

    /// The log's time from which on a message may be delivered.
    ///
    /// @param storedMs the log's time for the message
    static long fromMs(Content content, long storedMs) {
        return storedMs + content.envelope().delayMs();
    }

    /// The first of the log's times at which a message has waited too long.
    ///
    /// @param storedMs the log's time for the message
    long endMs(Content content, long storedMs) {
        long ownMs = content.envelope().timeToLiveMs();
        if (queueMs < 0 && ownMs < 0) {
            return NEVER;
        }
        long spanMs = queueMs < 0 ? ownMs : ownMs < 0 ? queueMs : Math.min(queueMs, ownMs);
        long fromMs = fromMs(content, storedMs);
        return spanMs > NEVER - fromMs ? NEVER : fromMs + spanMs;
    }
}
