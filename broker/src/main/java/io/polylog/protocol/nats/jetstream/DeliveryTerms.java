package io.polylog.protocol.nats.jetstream;

/// What a consumer's configuration says of each of its deliveries, worked out once. Immutable; any
/// thread.
///
/// @param acks whether they are acknowledged
/// @param headersOnly whether they go without their payloads
/// @param mostDeliveries of one message; 0 or less for any number
/// @param mostUnacked delivered and not acknowledged at a time
/// @param samplePercent of how many acknowledgements it is told how long they took
/// @param pausedUntilMs milliseconds since 1970 until which there are none
record DeliveryTerms(
        boolean acks,
        boolean headersOnly,
        long mostDeliveries,
        int mostUnacked,
        int samplePercent,
        long pausedUntilMs) {
    static DeliveryTerms of(ConsumerConfig config) {
        return new DeliveryTerms(
                config.acks(),
                config.flag("headers_only"),
                config.number("max_deliver"),
                config.mostUnacked(),
                config.samplePercent(),
                config.pausedUntilMs());
    }
}
