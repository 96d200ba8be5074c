package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.SubjectView;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.streams.StoredMessages;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.SubjectFilters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.agrona.collections.LongArrayQueue;
import org.jspecify.annotations.Nullable;

/// Counts from the offsets where everything is wanted of a stream without an index, else by reading
/// what is stored, and what comes. What is removed later is noticed by [#check] with an index, else
/// when the consumer has passed it. On the home loop.
public final class ScannedMatches implements Matches {
    private static final int READ_BYTES = 1 << 20;

    /// Subjects of which the newest message can be wanted.
    private static final int MOST_SUBJECTS = 1_000_000;

    private static final long NONE = Long.MIN_VALUE;
    private static final int PAGE = 1000;

    private final Reader reader;
    private final StoredMessages stored;
    private final ConsumerConfig config;
    private final long madeAt;
    private final SubjectFilters filters;
    private final boolean counts;
    private final String fallback;
    private final LongArrayQueue ahead = new LongArrayQueue(NONE);

    /// Where the newest of each subject is wanted: those below [#chosenEnd].
    private long[] chosen = {};

    private long chosenEnd;

    /// Tells when more is stored; null while it reads.
    private Reader.@Nullable Watch coming;

    private boolean checking;
    private long next;
    private long readTo;
    private boolean closed;

    /// The stream's index of subjects, or null where it has none.
    private final @Nullable SubjectView index;

    ScannedMatches(
            Session session, StreamTopic stream, StoredMessages stored, ConsumerRecord consumer) {
        reader = stream.reader(session);
        index = stream.isIndexed() ? session.subjects(stream.topicName(), 0) : null;
        this.stored = stored;
        config = consumer.config();
        madeAt = consumer.madeAt();
        filters = config.filters();
        counts =
                filters.isAll() && index == null && !config.isLastOfEach() && !stream.isCompacted();
        fallback = stream.topicName().name();
    }

    @Override
    public CompletionStage<Long> begin() {
        long end = madeAt == ConsumerRecord.NOW ? reader.endOffset() : madeAt;
        if (config.isLastOfEach() && index != null) {
            return newest(index, end, null, new ArrayList<>())
                    .thenCompose(newest -> choose(newest, end));
        }
        if (config.isLastOfEach()) {
            Map<String, Long> newest = new HashMap<>();
            return look(reader.startOffset(), end, newest::put, newest)
                    .thenCompose(_ -> choose(newest.values(), end));
        }
        if (config.text("deliver_policy").equals("last") && !counts) {
            long[] last = {reader.endOffset()};
            return look(reader.startOffset(), last[0], (_, offset) -> last[0] = offset, Map.of())
                    .thenCompose(_ -> from(last[0]));
        }
        return place(config.start()).thenCompose(this::from);
    }

    /// Where the newest of each subject is.
    private CompletionStage<List<Long>> newest(
            SubjectView index, long below, @Nullable String after, List<Long> offsets) {
        return index.lastOfEach(filters.neutralPatterns(), below, after, PAGE)
                .thenCompose(page -> {
                    page.all().forEach(each -> offsets.add(each.offset()));
                    String next = page.next();
                    return next == null
                            ? CompletableFuture.completedFuture(offsets)
                            : newest(index, below, next, offsets);
                });
    }

    /// @param end one past the last offset that was looked at
    private CompletionStage<Long> choose(Collection<Long> newest, long end) {
        chosen = newest.stream().mapToLong(Long::longValue).sorted().toArray();
        chosenEnd = end;
        readTo = end;
        next = chosen.length > 0 ? chosen[0] : end;
        for (long each : chosen) {
            ahead.addLong(each);
        }
        long from = next;
        return count().thenApply(_ -> from);
    }

    private CompletionStage<Long> from(long offset) {
        return goOn(offset).thenApply(_ -> next);
    }

    @Override
    public CompletionStage<@Nullable Void> goOn(long offset) {
        if (coming != null) {
            coming.cancel();
        }
        ahead.clear();
        next = Math.max(offset, reader.startOffset());
        readTo = next;
        return counts ? CompletableFuture.completedFuture(null) : count();
    }

    private CompletionStage<Long> place(Start start) {
        long end = reader.endOffset();
        return switch (start) {
            case Start.Edge.FIRST -> CompletableFuture.completedFuture(reader.startOffset());
            case Start.Edge.LAST -> CompletableFuture.completedFuture(end - 1);
            case Start.Edge.NEXT -> CompletableFuture.completedFuture(end);
            case Start.Offset(long offset) -> CompletableFuture.completedFuture(offset);
            case Start.Time(long timeMs) ->
                    reader.find(timeMs).thenApply(found -> found == null ? end : found.offset());
        };
    }

    /// What is done with a message that is wanted.
    private interface Found {
        void take(String subject, long offset);
    }

    /// Reads so far, once.
    ///
    /// @param bounded may not become too large
    private CompletionStage<@Nullable Void> look(
            long from, long end, Found found, Map<String, Long> bounded) {
        readTo = Math.max(from, reader.startOffset());
        if (closed || readTo >= end) {
            return CompletableFuture.completedFuture(null);
        }
        if (bounded.size() > MOST_SUBJECTS) {
            throw ApiError.CONSUMER_REFUSED.of("more than " + MOST_SUBJECTS + " subjects");
        }
        return reader.read(readTo, READ_BYTES)
                .thenCompose(read -> {
                    take(read, found, end);
                    return look(Math.max(readTo + 1, read.nextOffset()), end, found, bounded);
                });
    }

    private void take(Reader.ReadResult read, Found found, long end) {
        for (Reader.Entry entry : read.records()) {
            List<NatsContent> messages = stored.open(entry.content(), fallback);
            for (int i = 0; i < messages.size(); i++) {
                long offset = entry.offset() + i;
                String subject = messages.get(i).subject();
                if (offset >= readTo && offset < end && wants(offset, subject)) {
                    found.take(subject, offset);
                }
            }
        }
    }

    /// Reads what there is, and then what comes.
    private CompletionStage<@Nullable Void> count() {
        long from = readTo;
        long end = reader.endOffset();
        coming = null;
        return look(
                        from,
                        end,
                        (_, offset) -> {
                            if (offset >= Math.max(next, from)) {
                                ahead.addLong(offset);
                            }
                        },
                        Map.of())
                .thenApply(_ -> {
                    if (!closed) {
                        readTo = Math.max(readTo, end);
                        coming = reader.whenBeyond(readTo, this::count);
                    }
                    return null;
                });
    }

    @Override
    public void check() {
        if (index == null || checking || coming == null || next < chosenEnd || ahead.isEmpty()) {
            return;
        }
        checking = true;
        long from = next;
        long counted = ahead.size();
        index.count(filters.neutralPatterns(), from, readTo)
                .whenComplete((there, _) -> {
                    checking = false;
                    boolean fewer = there != null && there.count() < counted;
                    if (fewer && next == from && coming != null && !closed) {
                        coming.cancel();
                        ahead.clear();
                        readTo = next;
                        count();
                    }
                });
    }

    @Override
    public boolean wants(long offset, String subject) {
        return offset < chosenEnd
                ? Arrays.binarySearch(chosen, offset) >= 0
                : filters.wants(subject);
    }

    @Override
    public void delivered(long offset) {
        next = Math.max(next, offset + 1);
        while (!ahead.isEmpty() && ahead.peekLong() < next) {
            ahead.pollLong();
        }
    }

    @Override
    public long next() {
        return next;
    }

    @Override
    public long pending() {
        long start = reader.startOffset();
        if (!counts) {
            delivered(start - 1);
            return ahead.size();
        }
        return Math.max(0, reader.endOffset() - Math.max(next, start));
    }

    @Override
    public void close() {
        closed = true;
        reader.close();
    }
}
