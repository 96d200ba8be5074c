package io.polylog.protocol.kafka;

/// Carries out one kind of request, on the connection's loop. It answers the request exactly once,
/// now or later; what it throws becomes the request's error answer.
@FunctionalInterface
interface KafkaApi {
    void handle(KafkaRequest request);
}
