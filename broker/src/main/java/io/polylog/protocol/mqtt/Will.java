package io.polylog.protocol.mqtt;

/// What is published for a client that went without saying so.
///
/// @param delaySeconds after its connection ended
/// @param expirySeconds of the message, or -1
/// @param properties the rest of them as they were sent
record Will(
        String topic,
        int qos,
        boolean retain,
        long delaySeconds,
        long expirySeconds,
        byte[] properties,
        byte[] payload) {}
