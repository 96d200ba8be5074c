package io.polylog.broker;

import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Limit;
import org.jspecify.annotations.Nullable;

/// A transaction that is not done because of one of its messages.
public final class TransactionException extends BrokerException {
    private static final long serialVersionUID = 1L;

    /// What stands against a message.
    public enum Why {
        /// It expects another newest message.
        CONFLICT,
        /// It expects something, and its topic has stored it before.
        DUPLICATE,
        /// A target holds as much as it may.
        FULL
    }

    private final int place;
    private final Why why;
    private final transient @Nullable Conflict conflict;
    private final @Nullable Limit limit;

    /// Of a conflict.
    ///
    /// @param place of the message among the transaction's publications
    /// @param conflict what was expected and what is so
    public TransactionException(int place, Conflict conflict) {
        this(place, Why.CONFLICT, conflict, null);
    }

    /// Of anything else.
    ///
    /// @param limit that is reached, where a target is full
    public TransactionException(int place, Why why, @Nullable Limit limit) {
        this(place, why, null, limit);
    }

    private TransactionException(
            int place, Why why, @Nullable Conflict conflict, @Nullable Limit limit) {
        super(
                why == Why.FULL ? Kind.FULL : Kind.CONFLICT,
                "message %d of the transaction %s".formatted(place, text(why)));
        this.place = place;
        this.why = why;
        this.conflict = conflict;
        this.limit = limit;
    }

    private static String text(Why why) {
        return switch (why) {
            case CONFLICT -> "expects another newest message than there is";
            case DUPLICATE -> "was stored before";
            case FULL -> "has a target that holds as much as it may";
        };
    }

    /// The place of the first message that keeps the transaction from being done, from 0.
    public int place() {
        return place;
    }

    public Why why() {
        return why;
    }

    /// What was expected and what is so, of a conflict; else null.
    public @Nullable Conflict conflict() {
        return conflict;
    }

    /// Which limit a target has reached, of one that is full; else null.
    public @Nullable Limit limit() {
        return limit;
    }
}
