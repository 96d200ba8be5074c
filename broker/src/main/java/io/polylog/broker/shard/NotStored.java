package io.polylog.broker.shard;

import io.polylog.broker.TransactionException;

/// Why a stream did not store a message that was published to it.
enum NotStored {
    /// It has stored it before.
    DUPLICATE,
    /// It has another newest message than the sender expected.
    CONFLICT,
    /// It holds as much as it may.
    FULL;

    /// What it is called where it keeps a transaction from being done.
    TransactionException.Why ofTransaction() {
        return switch (this) {
            case DUPLICATE -> TransactionException.Why.DUPLICATE;
            case CONFLICT -> TransactionException.Why.CONFLICT;
            case FULL -> TransactionException.Why.FULL;
        };
    }
}
