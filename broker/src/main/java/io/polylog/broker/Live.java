package io.polylog.broker;

/// What one session listens to: the patterns it has added, as a binding to the subject exchange has
/// them. On the session's loop.
public interface Live extends AutoCloseable {
    /// Listens to one pattern more, from now on: every publisher knows when it returns. No effect
    /// where it is there. Fails DENIED (BrokerException thrown).
    void add(String pattern);

    /// Listens to a pattern no more; no effect where it is not there. What is on its way already is
    /// still heard.
    void remove(String pattern);

    /// Hears nothing any more. Idempotent.
    @Override
    void close();
}
