package io.polylog.protocol.mqtt;

/// What the adapter grants.
///
/// @param maxMessageBytes largest payload
/// @param receiveMaximum messages of QoS 1 and 2 that a client may have under way
/// @param topicAliases most in use by a client, each way
/// @param keepAliveSeconds longest silence of a client of MQTT 5
/// @param pendingBytes undecided publishes of a connection above which its socket is not read
/// @param filters most subscriptions of a client
public record MqttSettings(
        int maxMessageBytes,
        int receiveMaximum,
        int topicAliases,
        int keepAliveSeconds,
        int pendingBytes,
        int filters) {
    public static final MqttSettings DEFAULT =
            new MqttSettings(16 << 20, 1000, 64, 60, 8 << 20, 10_000);

    /// What a PUBLISH may have beside its payload.
    private static final int OVERHEAD_BYTES = 128 << 10;

    /// Largest packet.
    int packetBytes() {
        return maxMessageBytes + OVERHEAD_BYTES;
    }
}
