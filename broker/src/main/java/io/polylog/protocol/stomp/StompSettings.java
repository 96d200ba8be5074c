package io.polylog.protocol.stomp;

/// What the adapter grants.
///
/// @param messageBytes the largest body
/// @param pendingBytes undecided messages of a connection after which it is not read
/// @param pendingMessages the same, by their number
public record StompSettings(int messageBytes, long pendingBytes, int pendingMessages) {
    /// Undecided messages as for other protocols.
    public StompSettings(int messageBytes) {
        this(messageBytes, 8 << 20, 20_000);
    }
}
