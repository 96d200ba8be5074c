package io.polylog.broker;

import io.polylog.broker.Publication.Content;
import java.util.List;

/// What an operator sees who looks at a queue and leaves it as it is.
///
/// @param messages in order of their offsets; what is settled is left out
/// @param next where to go on
/// @param end one past the newest offset: there is more where it is greater than `next`
/// @param paused whether nobody is served at the moment
/// @param damage what cannot be read between them, as text
public record Browse(
        List<Seen> messages, long next, long end, boolean paused, List<String> damage) {
    public Browse {
        messages = List.copyOf(messages);
        damage = List.copyOf(damage);
    }

    /// How a message stands.
    public enum State {
        /// It waits for a consumer.
        READY,
        /// A consumer has it, or a transaction.
        AWAY,
        /// It is hidden until a time.
        DELAYED
    }

    /// One stored record.
    ///
    /// @param offset its offset
    /// @param state how it stands
    /// @param attempt how often it came back before
    /// @param error what was said last of why it came back, "" for nothing
    /// @param timeMs the log's time for it: when it came into this queue
    /// @param batch whether it is a producer's batch; else one message
    /// @param content what was stored, with its trail in the envelope
    public record Seen(
            long offset,
            State state,
            int attempt,
            String error,
            long timeMs,
            boolean batch,
            Content content) {}
}
