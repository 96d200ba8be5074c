package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.Purge;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.SubjectView;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds stored messages by where they are and by subject: by the stream's index where it has one,
/// else by reading what is stored. On the home loop.
public final class Lookup {
    private static final int READ_BYTES = 1 << 20;

    /// What is told of what is not there.
    private static final int MOST_GONE = 100_000;

    private static final int MOST_SUBJECTS = 1_000_000;
    private static final int PAGE = 1000;

    private final Session session;
    private final StoredMessages stored;

    /// A message and where it is.
    public record Found(long offset, long timeMs, NatsContent message) {
        /// The same with bytes of its own.
        Found copied() {
            return new Found(offset, timeMs, message.copied());
        }
    }

    public Lookup(Session session, StoredMessages stored) {
        this.session = session;
        this.stored = stored;
    }

    /// The message at an offset, or null.
    public CompletionStage<@Nullable Found> at(StreamTopic stream, long offset) {
        Reader reader = stream.reader(session);
        return reader.read(offset, 1)
                .thenApply(read -> {
                    for (Reader.Entry entry : read.records()) {
                        long place = offset - entry.offset();
                        if (place >= 0 && place < entry.span()) {
                            return all(stream, entry).get((int) place).copied();
                        }
                    }
                    return null;
                })
                .whenComplete((_, _) -> reader.close());
    }

    /// The stream's index of subjects, or null where a pattern cannot be asked of it.
    private @Nullable SubjectView index(StreamTopic stream, String pattern) {
        return stream.isIndexed() && !NatsSubjects.isTooWide(pattern)
                ? session.subjects(stream.topicName(), 0)
                : null;
    }

    private CompletionStage<@Nullable Found> there(StreamTopic stream, long offset) {
        return offset < 0 ? CompletableFuture.completedFuture(null) : at(stream, offset);
    }

    /// The newest message whose subject fits, or null.
    public CompletionStage<@Nullable Found> last(StreamTopic stream, String pattern) {
        SubjectView index = index(stream, pattern);
        if (index != null) {
            return index.last(NatsSubjects.pattern(pattern), Long.MAX_VALUE)
                    .thenCompose(offset -> there(stream, offset));
        }
        Found[] last = {null};
        return scan(
                        stream,
                        0,
                        found -> {
                            if (NatsSubjects.matches(pattern, found.message.subject())) {
                                last[0] = found.copied();
                            }
                            return true;
                        })
                .thenApply(_ -> last[0]);
    }

    /// The oldest message from an offset on whose subject fits, or null.
    CompletionStage<@Nullable Found> next(StreamTopic stream, String pattern, long from) {
        SubjectView index = index(stream, pattern);
        if (index != null) {
            return index.next(List.of(NatsSubjects.pattern(pattern)), Math.max(0, from))
                    .thenCompose(offset -> there(stream, offset));
        }
        Found[] first = {null};
        return scan(
                        stream,
                        from,
                        found -> {
                            boolean fits = NatsSubjects.matches(pattern, found.message.subject());
                            first[0] = fits ? found.copied() : null;
                            return !fits;
                        })
                .thenApply(_ -> first[0]);
    }

    /// The message at an offset, or from there on the oldest whose subject fits, or null.
    ///
    /// @param pattern "" for the message there
    public CompletionStage<@Nullable Found> from(StreamTopic stream, String pattern, long offset) {
        return pattern.isEmpty() ? at(stream, offset) : next(stream, pattern, offset);
    }

    /// The offset of the oldest message that is not older than a time; the end where there is none.
    public CompletionStage<Long> since(StreamTopic stream, long timeMs) {
        Reader reader = stream.reader(session);
        long end = reader.endOffset();
        return reader.find(timeMs)
                .thenApply(found -> found == null ? end : found.offset())
                .whenComplete((_, _) -> reader.close());
    }

    /// How far a stream goes now.
    ///
    /// @param start oldest offset
    /// @param end one past the newest
    public record Extent(long start, long end) {}

    public Extent extent(StreamTopic stream) {
        Reader reader = stream.reader(session);
        Extent extent = new Extent(reader.startOffset(), reader.endOffset());
        reader.close();
        return extent;
    }

    /// How many messages from an offset on have a subject that fits.
    public CompletionStage<Long> count(StreamTopic stream, String pattern, long from) {
        long start = Math.max(0, from);
        long end = Math.max(start, extent(stream).end());
        SubjectView index = index(stream, pattern);
        if (index != null) {
            return index.count(List.of(NatsSubjects.pattern(pattern)), start, end)
                    .thenApply(SubjectView.Count::count);
        }
        long[] count = {0};
        return scan(
                        stream,
                        start,
                        found -> {
                            if (NatsSubjects.matches(pattern, found.message.subject())) {
                                count[0]++;
                            }
                            return true;
                        })
                .thenApply(_ -> count[0]);
    }

    /// Gives messages from an offset on whose subjects fit, oldest first.
    ///
    /// @param more is given each, whose bytes are there until it returns, and says whether to go on
    public CompletionStage<@Nullable Void> each(
            StreamTopic stream, String pattern, long from, Predicate<Found> more) {
        SubjectView index = pattern.equals(">") ? null : index(stream, pattern);
        if (index != null) {
            return next(stream, pattern, from)
                    .thenCompose(found ->
                            found != null && more.test(found)
                                    ? each(stream, pattern, found.offset + 1, more)
                                    : CompletableFuture.completedFuture(null));
        }
        return scan(
                stream,
                from,
                found ->
                        !NatsSubjects.matches(pattern, found.message.subject())
                                || more.test(found));
    }

    /// Where the newest message of each subject is that fits one of the patterns, in order.
    ///
    /// @param below only messages below this offset
    /// @param most what is more need not be found
    public CompletionStage<List<Long>> lastOfEach(
            StreamTopic stream, List<String> patterns, long below, int most) {
        SubjectFilters filters = new SubjectFilters(patterns);
        if (stream.isIndexed() && patterns.stream().noneMatch(NatsSubjects::isTooWide)) {
            return session.subjects(stream.topicName(), 0)
                    .lastOfEach(filters.neutralPatterns(), below, null, most)
                    .thenApply(page ->
                            page.all().stream().map(SubjectView.Last::offset).sorted().toList());
        }
        Map<String, Long> newest = new HashMap<>();
        return scan(
                        stream,
                        0,
                        found -> {
                            boolean low = found.offset < below;
                            if (low && filters.wants(found.message.subject())) {
                                newest.put(found.message.subject(), found.offset);
                            }
                            return low && newest.size() < most;
                        })
                .thenApply(_ -> newest.values().stream().sorted().toList());
    }

    /// Removes messages.
    ///
    /// @param filter that their subjects fit; "" for all
    /// @param what of those
    /// @return how many those were
    public CompletionStage<Long> purge(StreamTopic stream, String filter, Purge what) {
        if (filter.isEmpty() || filter.equals(">")) {
            return session.purge(stream.topicName(), what);
        }
        if (index(stream, filter) != null) {
            return session.purge(
                    stream.topicName(), what.of(List.of(NatsSubjects.pattern(filter))));
        }
        List<Long> offsets = new ArrayList<>();
        return scan(
                        stream,
                        0,
                        found -> {
                            boolean low = found.offset < what.below();
                            if (low && NatsSubjects.matches(filter, found.message.subject())) {
                                offsets.add(found.offset);
                            }
                            return low;
                        })
                .thenCompose(_ -> {
                    int most = (int) Math.max(0, offsets.size() - what.keep());
                    return session.remove(stream.topicName(), 0, offsets.subList(0, most));
                })
                .thenApply(gone -> gone.stream().filter(there -> there).count());
    }

    /// The offsets between the first message and the last that have none, at most [#MOST_GONE].
    public CompletionStage<List<Long>> gone(StreamTopic stream) {
        List<Long> gone = new ArrayList<>();
        long[] next = {-1};
        return scan(
                        stream,
                        0,
                        found -> {
                            for (long each = next[0];
                                    each >= 0 && each < found.offset && gone.size() < MOST_GONE;
                                    each++) {
                                gone.add(each);
                            }
                            next[0] = found.offset + 1;
                            return gone.size() < MOST_GONE;
                        })
                .thenApply(_ -> gone);
    }

    /// How many subjects there are, or -1 where that is not known.
    public CompletionStage<Long> distinct(StreamTopic stream) {
        return stream.isIndexed()
                ? session.subjects(stream.topicName(), 0).distinct()
                : CompletableFuture.completedFuture(-1L);
    }

    /// How many messages each subject has that fits.
    public CompletionStage<Map<String, Long>> subjects(StreamTopic stream, String filter) {
        Map<String, Long> counts = new TreeMap<>();
        SubjectView index = index(stream, filter);
        if (index != null) {
            return subjects(index, NatsSubjects.pattern(filter), null, counts);
        }
        return scan(
                        stream,
                        0,
                        found -> {
                            String subject = found.message.subject();
                            if (NatsSubjects.matches(filter, subject)) {
                                counts.merge(subject, 1L, Long::sum);
                            }
                            return counts.size() < MOST_SUBJECTS;
                        })
                .thenApply(_ -> counts);
    }

    private static CompletionStage<Map<String, Long>> subjects(
            SubjectView index, String pattern, @Nullable String after, Map<String, Long> counts) {
        return index.subjects(pattern, after, PAGE)
                .thenCompose(page -> {
                    page.all()
                            .forEach(each ->
                                    counts.put(NatsSubjects.subject(each.subject()), each.count()));
                    String next = page.next();
                    return next == null
                            ? CompletableFuture.completedFuture(counts)
                            : subjects(index, pattern, next, counts);
                });
    }

    /// Reads from an offset on what is stored now.
    ///
    /// @param more is given each message, whose bytes are there until it returns, and says whether
    ///   to go on
    private CompletionStage<@Nullable Void> scan(
            StreamTopic stream, long from, Predicate<Found> more) {
        Reader reader = stream.reader(session);
        long end = reader.endOffset();
        return scan(stream, reader, Math.max(from, reader.startOffset()), end, more)
                .whenComplete((_, _) -> reader.close());
    }

    private CompletionStage<@Nullable Void> scan(
            StreamTopic stream, Reader reader, long from, long end, Predicate<Found> more) {
        if (from >= end) {
            return CompletableFuture.completedFuture(null);
        }
        return reader.read(from, READ_BYTES)
                .thenCompose(read -> {
                    for (Reader.Entry entry : read.records()) {
                        for (Found found : all(stream, entry)) {
                            if (found.offset >= from && !more.test(found)) {
                                return CompletableFuture.completedFuture(null);
                            }
                        }
                    }
                    long next = Math.max(from + 1, read.nextOffset());
                    return scan(stream, reader, next, end, more);
                });
    }

    /// The messages of a record.
    private List<Found> all(StreamTopic stream, Reader.Entry entry) {
        List<NatsContent> messages = stored.open(entry.content(), stream.topicName().name());
        List<Found> all = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            all.add(new Found(entry.offset() + i, entry.timeMs(), messages.get(i)));
        }
        return all;
    }
}
