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

    /// Whether it goes on when it kept a delivery too long: that one comes back to the queue, and
    /// nothing else happens. Always the same.
    default boolean goesOnWhenOverdue() {
        return false;
    }

    /// Deliveries that follow each other stayed unsettled too long: they cannot be settled any
    /// more, and come back to the queue as its policy says. Only where it goes on.
    ///
    /// @param partition of the topic
    /// @param first the offset of the first
    /// @param end one past the offset of the last
    /// @param attempt with which they were delivered
    default void takenBack(int partition, long first, long end, int attempt) {}

    /// A delivery stayed unsettled longer than it or its queue allows. The consumer is closed, and
    /// what it kept too long comes back to the queue; the rest stays with the session until
    /// settled. Only where it does not go on.
    ///
    /// @param timeoutMs how long it might have stayed
    default void overdue(long timeoutMs) {
        cancelled();
    }

    /// Messages left the subscription because they came back more often than it allows, whichever
    /// of its consumers had them. One consumer hears of it, if there is one.
    ///
    /// @param partition of the topic
    /// @param first the offset of the first
    /// @param end one past the offset of the last
    /// @param attempt with which they were delivered last
    default void exhausted(int partition, long first, long end, int attempt) {}

    /// The next message cannot be read: what is stored of it is damaged (kind DAMAGED, the text
    /// names topic and offsets). The consumer is closed. Everything before was delivered; the
    /// damaged messages stay unsettled and are kept from consumers until the next start.
    void failed(BrokerException why);
}
