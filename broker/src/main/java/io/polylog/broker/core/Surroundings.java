package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.io.Clock;
import io.polylog.io.Entropy;
import io.polylog.io.Scheduler;
import io.polylog.message.Message;
import io.polylog.security.Permissions;
import java.util.List;
import java.util.Map;

/// What a broker takes from outside.
///
/// @param clock what time it is
/// @param scheduler for what happens later
/// @param entropy for ids
/// @param permissions the one gate
/// @param opener opens stored messages, whatever protocol wrote them
public record Surroundings(
        Clock clock, Scheduler scheduler, Entropy entropy, Permissions permissions, Opener opener) {
    /// One that opens nothing.
    public Surroundings(
            Clock clock, Scheduler scheduler, Entropy entropy, Permissions permissions) {
        this(clock, scheduler, entropy, permissions, content -> Map::of);
    }

    /// Opens stored messages.
    @FunctionalInterface
    public interface Opener {
        /// What an exchange may ask of a message; opened only when asked.
        Metadata open(Content content);

        /// What a filter may ask of each message of a record, in order; none where it cannot be
        /// opened. Perhaps opened at once.
        default List<Metadata> openAll(Content content) {
            return List.of(open(content));
        }

        /// The messages of a record, in order; none where it cannot be opened.
        default List<Message> messages(Content content) {
            return List.of();
        }
    }
}
