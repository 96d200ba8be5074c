package io.polylog.broker.shard;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Who is served where only one consumer is. It stays until it goes, or until one of higher
/// priority is there and it has settled what it holds; the next is the first that came among those
/// of the highest priority. When one goes, nobody is served before what it was assigned is back, so
/// that the next one gets it first. On the shard's thread.
final class ActiveConsumer {
    private @Nullable Attachment active;

    /// It went, and what it was assigned is on its way back.
    private @Nullable Attachment parting;

    /// Who is to be served now, or null.
    ///
    /// @param byPriority all that are there, first come first among equals
    /// @param idle whether nothing is in flight
    @Nullable Attachment choose(List<Attachment> byPriority, BooleanSupplier idle) {
        if (parting != null || byPriority.isEmpty()) {
            return null;
        }
        Attachment first = byPriority.getFirst();
        Attachment now = active;
        if (now == null) {
            active = first;
        } else if (first.terms.priority() > now.terms.priority()) {
            // The higher one waits until the other is through with what it holds.
            active = idle.getAsBoolean() ? first : now;
            return active == first ? first : null;
        }
        return active;
    }

    /// One of them goes. Where it was the active one the caller says [#parted] later.
    void leave(Attachment attachment) {
        if (attachment == active) {
            active = null;
            parting = attachment;
        }
    }

    /// What one that went was assigned is back.
    void parted(Attachment attachment) {
        if (attachment == parting) {
            parting = null;
        }
    }
}
