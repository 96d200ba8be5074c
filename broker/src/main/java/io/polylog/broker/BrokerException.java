package io.polylog.broker;

import java.util.concurrent.CompletionException;

/// A request the core did not carry out. The kind decides the protocol's own error; the message is
/// for people and says what is wrong.
public sealed class BrokerException extends RuntimeException permits TransactionException {
    private static final long serialVersionUID = 1L;

    /// What went wrong, in the core's words.
    public enum Kind {
        /// What was named does not exist.
        NOT_FOUND,
        /// It exists with another kind or other arguments.
        CONFLICT,
        /// Exclusive to another session.
        LOCKED,
        /// Consumers, bindings or messages stand against it.
        IN_USE,
        /// It holds messages.
        NOT_EMPTY,
        /// No permission.
        DENIED,
        /// The request itself makes no sense.
        INVALID,
        /// No space for new data now; may be repeated later.
        DISK_FULL,
        /// What is stored cannot be read: its checksum is wrong.
        DAMAGED,
        /// It holds as much as it may.
        FULL,
        /// Too much is waiting now; may be repeated later.
        BUSY,
        /// The broker is going down or has failed.
        CLOSED
    }

    private final Kind kind;

    public BrokerException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    public final Kind kind() {
        return kind;
    }

    /// Why a stage failed, without what the stages behind it have wrapped around that.
    public static Throwable reason(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }
}
