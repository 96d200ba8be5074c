package io.polylog.broker.core;

import io.polylog.broker.Interest;
import io.polylog.broker.Publication.Content;

/// How long messages of a queue or subscription may wait: what that says, or the message itself
/// where that is less.
///
/// @param mostMs what the queue or subscription says, or -1
record Lifespan(long mostMs) {
    /// Of a message that may wait for ever.
    static final long NEVER = Long.MAX_VALUE;

    static Lifespan of(Interest interest) {
        return new Lifespan(interest.messageMs());
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
        if (mostMs < 0 && ownMs < 0) {
            return NEVER;
        }
        long spanMs = mostMs < 0 ? ownMs : ownMs < 0 ? mostMs : Math.min(mostMs, ownMs);
        long fromMs = fromMs(content, storedMs);
        return spanMs > NEVER - fromMs ? NEVER : fromMs + spanMs;
    }
}
