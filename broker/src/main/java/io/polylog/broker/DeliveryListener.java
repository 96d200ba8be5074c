package io.polylog.broker;

/// Gets a consumer's deliveries, on the session's loop.
public interface DeliveryListener {
    /// One delivery, in order. Answer false to stop after this one until [Consumer#resume]: the
    /// broker holds what follows as offsets only, not as bytes.
    boolean deliver(Delivery delivery);

    /// A round of deliveries is over for now: a good moment to flush.
    void paused();

    /// The subscription went away (its queue or topic was deleted).
    void cancelled();

    /// How long it may keep a delivery unsettled, in milliseconds: for ever where it is
    /// Long.MAX_VALUE, as its queue says where it is negative. Always the same.
    default long ackTimeoutMs() {
        return -1;
    }

    /// A delivery stayed unsettled longer than it or its queue allows. The consumer is closed, and
    /// what it kept too long comes back to the queue; the rest stays with the session until
    /// settled.
    ///
    /// @param timeoutMs how long it might have stayed
    default void overdue(long timeoutMs) {
        cancelled();
    }

    /// The next message cannot be read: what is stored of it is damaged (kind DAMAGED, the text
    /// names topic and offsets). The consumer is closed. Everything before was delivered; the
    /// damaged messages stay unsettled and are kept from consumers until the next start.
    void failed(BrokerException why);
}
