package io.polylog.broker;

/// What becomes of a delivery.
public enum Settlement {
    /// Done with.
    ACCEPT,
    /// Back to its original place, attempt + 1.
    RELEASE,
    /// Not wanted: leaves the subscription (later: to the dead letters).
    REJECT
}
