package io.polylog.broker.shard;

/// Why a stream did not store a message that was published to it.
enum NotStored {
    /// It has stored it before.
    DUPLICATE,
    /// It has another newest message than the sender expected.
    CONFLICT,
    /// It holds as much as it may.
    FULL
}
