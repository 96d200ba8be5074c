package io.polylog.protocol.http;

/// What is not the client's to decide.
///
/// @param messageBytes the largest body of one message
/// @param batchBytes the largest request with several messages
/// @param partitions of a topic where its maker does not say
/// @param retentionMs milliseconds that a topic keeps a message, or -1 for ever
/// @param loginMs milliseconds in which a WebSocket's client has to log in
public record HttpSettings(
        int messageBytes, int batchBytes, int partitions, long retentionMs, long loginMs) {
    private static final int MESSAGE_BYTES = 1 << 20;
    private static final int BATCH_BYTES = 16 << 20;

    /// While there is no broker.
    static final HttpSettings NONE = of(MESSAGE_BYTES, 1, -1, 0);

    /// With the usual sizes.
    ///
    /// @param messageBytes what no message may exceed, whoever sends it
    public static HttpSettings of(
            int messageBytes, int partitions, long retentionMs, long loginMs) {
        return new HttpSettings(
                Math.min(messageBytes, MESSAGE_BYTES),
                BATCH_BYTES,
                partitions,
                retentionMs,
                loginMs);
    }
}
