package io.polylog.broker;

import org.jspecify.annotations.Nullable;

/// What one session listens to: the patterns it has added, as a binding to the subject exchange has
/// them. On the session's loop.
public interface Live extends AutoCloseable {
    /// Who hears what of it.
    ///
    /// @param group all that listen to the same pattern in a group of that name hear each message
    ///   once between them, each the next one in turn; null for who hears every message
    /// @param own whether what the session itself publishes is heard too
    record Terms(@Nullable String group, boolean own) {
        /// Everything, whoever else listens.
        public static final Terms ALL = new Terms(null, true);
    }

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
