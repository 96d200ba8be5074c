package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.filter.MessageFilter;
import io.polylog.broker.shard.Assignment;
import java.util.ArrayList;
import java.util.List;

/// Asks a filter for each message of stored records, and gathers what is not wanted. Used by one
/// thread.
final class Sieve {
    private final MessageFilter filter;
    private final OpenedRecord record;
    private final boolean durable;
    private List<Assignment> unwanted = new ArrayList<>();

    /// @param durable whether the messages are in what survives the process
    Sieve(MessageFilter filter, OpenedRecord record, boolean durable) {
        this.filter = filter;
        this.record = record;
        this.durable = durable;
    }

    /// Whether a message of a record is wanted. What cannot be opened is, so that somebody is told.
    ///
    /// @param content of the record
    /// @param place of the message in it, from 0
    boolean wants(Content content, int place) {
        Metadata message = record.message(content, place);
        return message == null || filter.wants(message, durable);
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
        record.forget();
    }
}
