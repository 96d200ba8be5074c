package io.polylog.protocol.nats;

import java.util.concurrent.atomic.AtomicLong;

/// What all connections share. Any thread.
///
/// @param seams what the adapter was given
/// @param clients the connections
/// @param waiting bytes that wait in memory for clients
record NatsNode(NatsProtocol.Seams seams, Clients clients, AtomicLong waiting) {}
