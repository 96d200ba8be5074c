package io.polylog.broker;

/// A limit that several consumers of one session keep to together, besides their own. Called on the
/// session's loop.
public interface SharedCredit {
    /// Changes how many deliveries of all its consumers may be unsettled at once; Integer.MAX_VALUE
    /// for no limit.
    void limit(int credit);
}
