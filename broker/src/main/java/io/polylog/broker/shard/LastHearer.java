package io.polylog.broker.shard;

import io.polylog.broker.Mailbox;
import io.polylog.broker.Reader.LastIsOver;

/// Who is told of the last message of a subject whose time is over. Any thread.
///
/// @param mailbox where it is told
/// @param listener hears it there
public record LastHearer(Mailbox mailbox, LastIsOver listener) {}
