package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.message.TopicName;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.agrona.collections.LongArrayQueue;
import org.jspecify.annotations.Nullable;

/// Counts from the offsets where everything is wanted, else by reading what is stored, and what
/// comes. On the home loop.
final class ScannedMatches implements Matches {
    private static final int READ_BYTES = 1 << 20;

    /// Subjects of which the newest message can be wanted.
    private static final int MOST_SUBJECTS = 1_000_000;

    private static final long NONE = Long.MIN_VALUE;

    private final Reader reader;
    private final StoredMessages stored;
    private final ConsumerConfig config;
    private final SubjectFilters filters;
    private final boolean counts;
    private final String fallback;
    private final LongArrayQueue ahead = new LongArrayQueue(NONE);

    /// Where the newest of each subject is wanted: those below [#chosenEnd].
    private long[] chosen = {};

    private long chosenEnd;
    private long next;
    private long readTo;
    private boolean closed;

    ScannedMatches(
            Session session, TopicName stream, StoredMessages stored, ConsumerConfig config) {
        reader = session.reader(stream, 0);
        this.stored = stored;
        this.config = config;
        filters = config.filters();
        counts = filters.isAll() && !config.isLastOfEach();
        fallback = stream.name();
    }

    @Override
    public CompletionStage<Long> begin() {
        if (config.isLastOfEach()) {
            Map<String, Long> newest = new HashMap<>();
            return look(reader.startOffset(), reader.endOffset(), newest::put, newest)
                    .thenCompose(_ -> choose(newest));
        }
        if (config.text("deliver_policy").equals("last") && !filters.isAll()) {
            long[] last = {reader.endOffset()};
            return look(reader.startOffset(), last[0], (_, offset) -> last[0] = offset, Map.of())
                    .thenCompose(_ -> from(last[0]));
        }
        return place(config.start()).thenCompose(this::from);
    }

    private CompletionStage<Long> choose(Map<String, Long> newest) {
        chosen = newest.values().stream().mapToLong(Long::longValue).sorted().toArray();
        chosenEnd = readTo;
        next = chosen.length > 0 ? chosen[0] : readTo;
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
            if (entry.offset() < end) {
                String subject = stored.open(entry.content(), fallback).subject();
                if (filters.wants(subject)) {
                    found.take(subject, entry.offset());
                }
            }
        }
    }

    /// Reads what there is, and then what comes.
    private CompletionStage<@Nullable Void> count() {
        long from = readTo;
        long end = reader.endOffset();
        return look(
                        from,
                        end,
                        (_, offset) -> {
                            if (offset >= Math.max(next, from)) {
                                ahead.addLong(offset);
                            }
                        },
                        Map.of())
                .thenRun(() -> {
                    if (!closed) {
                        readTo = Math.max(readTo, end);
                        reader.whenBeyond(readTo, this::count);
                    }
                })
                .thenApply(_ -> null);
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
