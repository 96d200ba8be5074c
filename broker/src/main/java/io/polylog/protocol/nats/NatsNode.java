package io.polylog.protocol.nats;

import java.util.concurrent.atomic.AtomicLong;

/// What all connections share. Any thread.
///
/// @param seams what the adapter was given
/// @param lastClient the number that the client got who came last
/// @param waiting bytes that wait in memory for clients
record NatsNode(NatsProtocol.Seams seams, AtomicLong lastClient, AtomicLong waiting) {}
