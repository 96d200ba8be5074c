package io.polylog.log;

import java.io.IOException;

/// A data directory that this process must not or cannot start on. Nothing in it was changed.
public final class LogOpenException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    LogOpenException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    LogOpenException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /// What kind of obstacle it is.
    public Reason reason() {
        return reason;
    }

    /// Kinds of obstacles; each has its own way out.
    public enum Reason {
        /// A file or directory that is not Polylog's.
        FOREIGN,
        /// Written by a newer Polylog than this one.
        TOO_NEW,
        /// Written by an older Polylog that this one cannot read any more.
        TOO_OLD,
        /// A file that belongs to another data directory.
        WRONG_DIRECTORY,
        /// Another process works on the directory.
        IN_USE,
        /// A file that is needed to rebuild the state is gone.
        MISSING,
        /// Bytes that are needed to rebuild the state fail their checksum.
        DAMAGED,
        /// The state machine failed on a logged command, or does not know its shard.
        NOT_REPLAYABLE
    }
}
