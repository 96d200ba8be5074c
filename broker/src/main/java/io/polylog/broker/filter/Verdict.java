package io.polylog.broker.filter;

/// What becomes of a message that a filter was asked about.
public enum Verdict {
    /// It is not for the subscription.
    SKIP,
    /// It is.
    DELIVER,
    /// It is rejected, as if by a consumer.
    DEAD_LETTER
}
