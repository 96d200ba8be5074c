package io.polylog.broker.shard;

import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.PublishCommand.Terms;
import io.polylog.broker.machine.Result.Outrun;
import io.polylog.broker.machine.Result.Placed;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Decides which messages a stream takes, where its policy or their sender asks. On the shard's
/// thread.
final class Admissions {
    private final ShardState state;

    /// Of the message at hand.
    private Terms terms = Terms.NONE;

    private @Nullable ByteBuffer versionKeys;

    /// Of the message at hand for the stream at hand.
    private @Nullable KeyDigest key;

    Admissions(ShardState state) {
        this.state = state;
    }

    /// A message comes.
    void begin(ByteBuffer head) {
        terms = PublishCommand.terms(head);
        versionKeys = PublishCommand.versionKeys(head);
    }

    /// The next of the streams that the message names; null where it is gone.
    ///
    /// @param head of the message
    void next(@Nullable Stream stream, ByteBuffer head) {
        key = versionKeys == null ? null : KeyDigest.optional(versionKeys);
        boolean own =
                stream != null
                        && versionKeys == null
                        && stream.policy.admission().versions().by() == KeySource.RECORD_KEY;
        byte @Nullable [] ownKey = own ? PublishCommand.recordKey(head) : null;
        key = ownKey == null ? key : KeyDigest.of(ownKey);
    }

    /// Why the stream at hand does not store the message, or null.
    ///
    /// @param place of the command in its batch, for what is to be said of it
    /// @param bounded whether a stream that is full refuses it
    @Nullable NotStored refusal(Stream stream, int place, boolean bounded) {
        if (repeats(stream)) {
            return NotStored.DUPLICATE;
        }
        Expectation expected = terms.expectation();
        if (expected != null) {
            long actual = newest(stream, expected.of());
            if (actual != expected.offset()) {
                state.result(place, new Outrun(new Conflict(expected, actual)));
                return NotStored.CONFLICT;
            }
        }
        return bounded && isFull(stream) ? NotStored.FULL : null;
    }

    private boolean isFull(Stream stream) {
        KeyVersions versions = versions(stream);
        return stream.isFull()
                || (versions != null
                        && key != null
                        && !versions.hasRoom(key, stream.start, state.cells));
    }

    private boolean repeats(Stream stream) {
        Deduplication window = stream.policy.admission().deduplication();
        KeyDigest id = terms.id();
        if (id == null || window.isNone()) {
            return false;
        }
        RecentIds ids = stream.attributes().recentIds();
        ids.evict(window, state.timeMs, state.cells);
        return ids.contains(id);
    }

    private long newest(Stream stream, Scope of) {
        if (of == Scope.STREAM) {
            return stream.end - 1;
        }
        KeyVersions versions = versions(stream);
        return versions == null || key == null ? -1 : versions.at(key, stream.start);
    }

    private static @Nullable KeyVersions versions(Stream stream) {
        return stream.policy.admission().versions().isNone()
                ? null
                : stream.attributes().keyVersions();
    }

    /// The stream at hand has stored the message.
    void stored(Stream stream, int place, long offset) {
        Deduplication window = stream.policy.admission().deduplication();
        KeyDigest id = terms.id();
        if (id != null && !window.isNone()) {
            RecentIds ids = stream.attributes().recentIds();
            ids.add(id, offset, window.count(), state.timeMs, state.cells);
        }
        KeyVersions versions = versions(stream);
        if (versions != null && key != null) {
            versions.put(key, offset, stream.start, state.cells);
        }
        if (terms.asked() == stream.id) {
            state.result(place, new Placed(offset, false));
        }
    }

    /// The stream at hand does not store the message, because it repeats another.
    void repeated(Stream stream, int place) {
        KeyDigest id = terms.id();
        if (terms.asked() == stream.id && id != null) {
            long original = stream.attributes().recentIds().offset(id);
            state.result(place, new Placed(original, true));
        }
    }
}
