package io.polylog.net;

/// What a listener grants to its connections.
///
/// @param maxConnections open at once on this listener; more are closed as they come
/// @param handshakeMs how long a connection may take until its protocol calls
///   [ConnectionGuard#passed]
/// @param handshakeBytes how much it may send until then
public record ConnectionLimits(int maxConnections, long handshakeMs, int handshakeBytes) {
    public static final ConnectionLimits DEFAULT = new ConnectionLimits(20_000, 10_000, 64 * 1024);

    public ConnectionLimits {
        if (maxConnections < 1 || handshakeMs < 1 || handshakeBytes < 1) {
            throw new IllegalArgumentException("connection limits must be 1 or more");
        }
    }
}
