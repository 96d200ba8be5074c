package io.polylog.protocol.nats;

/// What the adapter grants.
///
/// @param payloadBytes the largest headers and payload together
/// @param pendingBytes undecided messages of a connection after which it is not read
/// @param subscriptions most of a connection
/// @param pingMs after which silence a client is asked whether it is there
/// @param pingsOut most of these questions without an answer
public record NatsSettings(
        int payloadBytes, int pendingBytes, int subscriptions, long pingMs, int pingsOut) {
    /// As nats-server, where it has a limit of its own.
    public NatsSettings(int payloadBytes) {
        this(payloadBytes, 8 << 20, 20_000, 120_000, 2);
    }
}
