package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.filter.MessageFilter;
import io.polylog.broker.shard.Assignment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks a filter for each message of stored records, and gathers what is not wanted. Used by one
/// thread.
final class Sieve {
    private final MessageFilter filter;
    private final Surroundings.Opener opener;
    private final boolean durable;
    private List<Assignment> unwanted = new ArrayList<>();

    /// What was opened last, and what it holds.
    private @Nullable Content opened;

    private List<Metadata> messages = List.of();

    /// @param durable whether the messages are in what survives the process
    Sieve(MessageFilter filter, Surroundings.Opener opener, boolean durable) {
        this.filter = filter;
        this.opener = opener;
        this.durable = durable;
    }

    /// Whether a message of a record is wanted. What cannot be opened is, so that somebody is told.
    ///
    /// @param content of the record
    /// @param place of the message in it, from 0
    @SuppressWarnings("ReferenceEquality") // one record is asked for message by message
    boolean wants(Content content, int place) {
        if (content != opened) {
            opened = content;
            messages = opener.openAll(content);
        }
        return place >= messages.size() || filter.wants(messages.get(place), durable);
    }

    /// A message is not wanted.
    void unwanted(long offset, int attempt) {
        Assignment last = unwanted.isEmpty() ? null : unwanted.getLast();
        if (last != null && last.end() == offset && last.attempt() == attempt) {
            unwanted.set(
                    unwanted.size() - 1, new Assignment(last.first(), offset + 1, attempt, false));
        } else {
            unwanted.add(new Assignment(offset, offset + 1, attempt, false));
        }
    }

    /// What is not wanted, since this was last asked; and forgets what was read.
    List<Assignment> takeUnwanted() {
        List<Assignment> taken = unwanted;
        unwanted = taken.isEmpty() ? taken : new ArrayList<>();
        forget();
        return taken;
    }

    /// Forgets what was read.
    void forget() {
        opened = null;
        messages = List.of();
    }
}
