package io.polylog.broker.shard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.TopicSpec.PerSubject;
import io.polylog.broker.command.Expected;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.PublishCommand.Terms;
import io.polylog.broker.machine.Result.Placed;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides which messages a stream takes, where its policy or their sender asks. On the shard's
/// thread.
final class Admissions {
    private final ShardState state;
    private final RemovalApply removing;

    /// Of the message at hand.
    private Terms terms = Terms.NONE;

    private int bytes;
    private @Nullable ByteBuffer versionKeys;

    /// Of the message at hand for the stream at hand.
    private @Nullable KeyDigest key;

    private long newest;

    private @Nullable Limit limit;

    /// Of the transaction at hand.
    private final Set<Identified> idsTogether = new HashSet<>(0);

    private record Identified(long stream, KeyDigest id) {}

    Admissions(ShardState state, RemovalApply removing) {
        this.state = state;
        this.removing = removing;
    }

    /// A message comes.
    ///
    /// @param payloadBytes how large it is
    void begin(ByteBuffer head, int payloadBytes) {
        bytes = payloadBytes;
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
                        && stream.policy.admission().keyVersions().by() == KeySource.RECORD_KEY;
        byte @Nullable [] ownKey = own ? PublishCommand.recordKey(head) : null;
        key = ownKey == null ? key : KeyDigest.of(ownKey);
    }

    /// Whether its sender expects something.
    boolean expects() {
        return terms.expected() != null;
    }

    /// Whether one of several streams decides for all of them.
    boolean decidesForAll() {
        Expected expected = terms.expected();
        return expected != null && expected.stream() != Expected.EACH;
    }

    /// That one, or null where it is gone.
    @Nullable Stream deciding() {
        Expected expected = terms.expected();
        return expected == null ? null : state.streams.get(expected.stream());
    }

    /// Why a message is stored nowhere that is stored in all of its streams or in none, or null.
    /// One that does not decide leaves out what it has stored before, as ever.
    ///
    /// @param place of the command in its batch: who asks is told what a duplicate repeats
    /// @param payloadBytes how large it is
    /// @param bounded whether it is a reason that a stream is full
    @Nullable NotStored refusalByAny(
            int place, ByteBuffer head, int payloadBytes, boolean bounded) {
        begin(head, payloadBytes);
        ByteBuffer streams = head.duplicate();
        NotStored found = null;
        Limit full = null;
        for (int left = PublishCommand.streams(streams); left > 0; left--) {
            Stream stream = state.streams.get(HeadReader.number(streams));
            next(stream, head);
            NotStored why = stream == null ? null : refusal(stream, true);
            if (why == NotStored.CONFLICT) {
                return why;
            }
            if (stream != null && why == NotStored.DUPLICATE && isAbout(stream.id)) {
                repeated(stream, place);
                return why;
            }
            if (bounded && why == NotStored.FULL) {
                found = why;
                full = limit;
            }
        }
        limit = full;
        return found;
    }

    /// A transaction is looked at: what it stores itself counts as well.
    void together() {
        idsTogether.clear();
    }

    /// Notes what a message of a transaction would store.
    ///
    /// @return whether its sender expects something of a stream for which a message before it in
    ///   the transaction has its id
    boolean repeatsTogether(ByteBuffer head) {
        begin(head, 0);
        KeyDigest id = terms.id();
        if (id == null) {
            return false;
        }
        ByteBuffer streams = head.duplicate();
        boolean repeats = false;
        for (int left = PublishCommand.streams(streams); left > 0; left--) {
            long stream = HeadReader.number(streams);
            Stream known = state.streams.get(stream);
            boolean asks = known != null && !known.policy.admission().deduplication().isNone();
            repeats |= asks && !idsTogether.add(new Identified(stream, id)) && isAbout(stream);
        }
        return repeats;
    }

    /// Whether what the sender expects is about a stream.
    private boolean isAbout(long stream) {
        Expected expected = terms.expected();
        return expected != null
                && (expected.stream() == Expected.EACH || expected.stream() == stream);
    }

    /// Why the stream at hand does not store the message, or null.
    ///
    /// @param judged whether a stream that is full refuses it, or has another newest message than
    ///   its sender expects
    @Nullable NotStored refusal(Stream stream, boolean judged) {
        if (repeats(stream)) {
            return NotStored.DUPLICATE;
        }
        Expected expected = terms.expected();
        if (judged && expected != null && isAbout(stream.id)) {
            newest = newest(stream, expected);
            if (newest != expected.offset()) {
                return NotStored.CONFLICT;
            }
        }
        limit = judged ? reached(stream) : null;
        return limit == null ? null : NotStored.FULL;
    }

    /// Where the stream just asked is full: which of its limits is reached.
    @Nullable Limit limit() {
        return limit;
    }

    /// Of a conflict just found: the newest message, or -1 for none.
    long newest() {
        return newest;
    }

    private @Nullable Limit reached(Stream stream) {
        SubjectIndex index = stream.index();
        byte @Nullable [] subject = terms.subject();
        int number = index == null || subject == null ? 0 : index.number(subject);
        PerSubject perSubject = stream.perSubject();
        boolean most =
                index != null && !perSubject.isNone() && index.count(number) >= perSubject.most();
        if (most && perSubject.refuses() && terms.replaces() == Replaces.NOTHING) {
            return Limit.SUBJECT;
        }
        Limit own =
                stream.reached(
                        bytes, most && index != null ? index.first(number, state.cells) : -1);
        KeyVersions versions = own == null && key != null ? versions(stream) : null;
        boolean roomForKey =
                versions == null || key == null || versions.hasRoom(key, stream.start, state.cells);
        boolean roomForSubject =
                own != null || index == null || subject == null || index.hasRoom(subject);
        return roomForKey && roomForSubject ? own : Limit.KEYS;
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

    private long newest(Stream stream, Expected expected) {
        return switch (expected.of()) {
            case ANY -> expected.offset();
            case STREAM -> stream.end - 1;
            case KEY -> newestOfKey(stream, expected);
            case FITTING -> newestFitting(stream, expected.subject());
        };
    }

    private long newestFitting(Stream stream, byte @Nullable [] pattern) {
        SubjectIndex index = stream.index();
        return index == null || pattern == null
                ? -1
                : index.last(new SubjectMatch(List.of(new String(pattern, UTF_8))), state.cells);
    }

    private long newestOfKey(Stream stream, Expected expected) {
        SubjectIndex index = stream.index();
        if (index != null && stream.policy.admission().keyVersions().isNone()) {
            byte @Nullable [] named = expected.subject();
            byte @Nullable [] subject = named == null ? terms.subject() : named;
            return subject == null ? -1 : index.last(subject, state.cells);
        }
        KeyDigest about = expected.key() == null ? key : expected.key();
        KeyVersions versions = versions(stream);
        return versions == null || about == null ? -1 : versions.at(about, stream.start);
    }

    private static @Nullable KeyVersions versions(Stream stream) {
        return stream.policy.admission().keyVersions().isNone()
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
        SubjectIndex index = stream.index();
        byte @Nullable [] subject = terms.subject();
        int number =
                index == null || subject == null
                        ? 0
                        : index.stored(
                                subject, offset, stream.perSubject().most() > 1, state.cells);
        Replaces replaces =
                terms.asked() == Terms.NOBODY || terms.asked() == stream.id
                        ? terms.replaces()
                        : Replaces.NOTHING;
        if (stream.removable() && (number > 0 || replaces != Replaces.NOTHING)) {
            removing.follow(stream, number, offset, replaces);
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
