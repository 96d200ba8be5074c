package io.polylog.broker;

/// A consumer attached to a subscription. Called on the session's loop.
public interface Consumer {
    /// Changes how many deliveries may be unsettled at once.
    void credit(int credit);

    /// The connection can take more after [DeliveryListener#deliver] answered false.
    void resume();

    /// Detaches. Deliveries made stay with the session until settled; nothing more is delivered.
    void close();
}
