package io.polylog.protocol.nats.jetstream.consumers;

import java.util.List;

/// What a consumer's configuration says of each of its deliveries, worked out once. Immutable; any
/// thread.
///
/// @param acks whether they are acknowledged
/// @param headersOnly whether they go without their payloads
/// @param mostDeliveries of one message; 0 or less for any number
/// @param mostUnacked delivered and not acknowledged at a time
/// @param waitsMs how long each may stay unacknowledged, by attempt: the last holds for all later
/// @param samplePercent of how many acknowledgements it is told how long they took
/// @param pausedUntilMs milliseconds since 1970 until which there are none
public record DeliveryTerms(
        boolean acks,
        boolean headersOnly,
        long mostDeliveries,
        int mostUnacked,
        List<Long> waitsMs,
        int samplePercent,
        long pausedUntilMs) {
    static DeliveryTerms of(ConsumerConfig config) {
        return new DeliveryTerms(
                config.acks(),
                config.flag("headers_only"),
                config.number("max_deliver"),
                config.mostUnacked(),
                config.waitsMs(),
                config.samplePercent(),
                config.pausedUntilMs());
    }

    /// How long a message may stay unacknowledged.
    ///
    /// @param attempt 0 for its first delivery
    long waitMs(int attempt) {
        return waitsMs.get(Math.min(attempt, waitsMs.size() - 1));
    }
}
