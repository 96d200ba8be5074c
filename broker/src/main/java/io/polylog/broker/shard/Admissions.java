package io.polylog.broker.shard;

import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.command.KeyDigest;
import org.jspecify.annotations.Nullable;

/// Decides which messages a stream takes, where its policy asks. On the shard's thread.
final class Admissions {
    private final ShardState state;

    Admissions(ShardState state) {
        this.state = state;
    }

    /// Whether a stream has stored a message of that id within its window.
    boolean repeats(Stream stream, @Nullable KeyDigest id) {
        Deduplication window = stream.policy.admission().deduplication();
        if (id == null || window.isNone()) {
            return false;
        }
        RecentIds ids = stream.attributes().recentIds();
        ids.evict(window, state.timeMs, state.cells);
        boolean repeats = ids.contains(id);
        if (repeats && state.leading) {
            state.removals.notStored(NotStored.DUPLICATE);
        }
        return repeats;
    }

    /// A stream stored a message that [#repeats] said is none.
    void stored(Stream stream, @Nullable KeyDigest id) {
        Deduplication window = stream.policy.admission().deduplication();
        if (id != null && !window.isNone()) {
            stream.attributes().recentIds().add(id, window.count(), state.timeMs, state.cells);
        }
    }
}
