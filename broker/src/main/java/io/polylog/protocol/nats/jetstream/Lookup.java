package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds stored messages by where they are and by subject, by reading what is stored. On the home
/// loop.
final class Lookup {
    private static final int READ_BYTES = 1 << 20;

    private final Session session;
    private final StoredMessages stored;

    /// A message and where it is.
    record Found(long offset, long timeMs, NatsContent message) {}

    Lookup(Session session, StoredMessages stored) {
        this.session = session;
        this.stored = stored;
    }

    /// The message at an offset, or null.
    CompletionStage<@Nullable Found> at(StreamTopic stream, long offset) {
        Reader reader = session.reader(stream.name(), 0);
        return reader.read(offset, 1)
                .thenApply(read -> {
                    for (Reader.Entry entry : read.records()) {
                        if (entry.offset() == offset) {
                            return found(stream, entry);
                        }
                    }
                    return null;
                })
                .whenComplete((_, _) -> reader.close());
    }

    /// The newest message whose subject fits, or null.
    CompletionStage<@Nullable Found> last(StreamTopic stream, String pattern) {
        Found[] last = {null};
        return scan(
                        stream,
                        0,
                        found -> {
                            if (NatsSubjects.matches(pattern, found.message.subject())) {
                                last[0] = found;
                            }
                            return true;
                        })
                .thenApply(_ -> last[0]);
    }

    /// The oldest message from an offset on whose subject fits, or null.
    CompletionStage<@Nullable Found> next(StreamTopic stream, String pattern, long from) {
        Found[] first = {null};
        return scan(
                        stream,
                        from,
                        found -> {
                            boolean fits = NatsSubjects.matches(pattern, found.message.subject());
                            first[0] = fits ? found : null;
                            return !fits;
                        })
                .thenApply(_ -> first[0]);
    }

    /// Removes the messages whose subject fits.
    ///
    /// @param below only those at offsets below
    /// @param keep the newest so many stay
    /// @return how many those were
    CompletionStage<Long> purge(StreamTopic stream, String pattern, long below, long keep) {
        List<Long> offsets = new ArrayList<>();
        return scan(
                        stream,
                        0,
                        found -> {
                            boolean low = found.offset < below;
                            if (low && NatsSubjects.matches(pattern, found.message.subject())) {
                                offsets.add(found.offset);
                            }
                            return low;
                        })
                .thenCompose(_ -> {
                    int most = (int) Math.max(0, offsets.size() - keep);
                    return session.remove(stream.name(), 0, offsets.subList(0, most));
                })
                .thenApply(gone -> gone.stream().filter(there -> there).count());
    }

    /// Reads from an offset on what is stored now.
    ///
    /// @param more is given each message, whose bytes are its own, and says whether to go on
    private CompletionStage<@Nullable Void> scan(
            StreamTopic stream, long from, Predicate<Found> more) {
        Reader reader = session.reader(stream.name(), 0);
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
                        if (!more.test(found(stream, entry))) {
                            return CompletableFuture.completedFuture(null);
                        }
                    }
                    long next = Math.max(from + 1, read.nextOffset());
                    return scan(stream, reader, next, end, more);
                });
    }

    private Found found(StreamTopic stream, Reader.Entry entry) {
        NatsContent message = stored.open(entry.content(), stream.name().name());
        return new Found(entry.offset(), entry.timeMs(), message.copied());
    }
}
