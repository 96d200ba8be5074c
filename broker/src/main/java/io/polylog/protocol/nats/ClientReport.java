package io.polylog.protocol.nats;

import io.polylog.protocol.nats.ConnectOptions.Library;
import io.polylog.protocol.nats.Traffic.Sums;
import java.net.InetSocketAddress;
import java.util.List;

/// What one connection does, for [NatsMonitor].
///
/// @param number of the connection
/// @param webSocket whether it came over one
/// @param remote the client's address
/// @param times since when it is open, and when it said something last
/// @param user who is logged in, or ""
/// @param namespace that it works in, or ""
/// @param library what the client says of itself
/// @param traffic over it so far
/// @param waitingBytes for its socket to take
/// @param subscriptions their subjects
record ClientReport(
        long number,
        boolean webSocket,
        InetSocketAddress remote,
        Times times,
        String user,
        String namespace,
        Library library,
        Sums traffic,
        long waitingBytes,
        List<String> subscriptions) {
    /// In milliseconds since 1970.
    record Times(long sinceMs, long lastMs) {}
}
