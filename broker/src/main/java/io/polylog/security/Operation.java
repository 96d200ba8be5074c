package io.polylog.security;

/// What somebody wants to do to a topic, queue or exchange.
public enum Operation {
    /// Make it, remove it, change what it is.
    CONFIGURE,
    /// Put messages into it.
    WRITE,
    /// Get messages out of it, or count them.
    READ
}
