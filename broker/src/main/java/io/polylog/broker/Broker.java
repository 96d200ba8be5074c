package io.polylog.broker;

import io.polylog.security.Principal;

/// The only door into the core. Safe from any thread.
public interface Broker {
    /// Opens the session of one connection. Everything the session calls back runs on `loop`.
    Session session(Principal principal, Mailbox loop);

    /// The newest view of topics, exchanges and bindings. A definition's answer leaves only after
    /// the new view is visible here.
    Definitions definitions();

    /// The internal stream of that name and partition, made (durably) when missing: its topic is
    /// not listed, in no subject space, and written by nobody else. Blocks; not on an event loop.
    InternalStream internalStream(String name, int partitions, int partition);
}
