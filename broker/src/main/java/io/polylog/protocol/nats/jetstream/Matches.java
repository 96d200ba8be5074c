package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Which messages a consumer has before it: counted from the offsets where it wants everything,
/// else by reading what is stored. On the home loop.
final class Matches {
    private static final int READ_BYTES = 1 << 20;

    private final Reader reader;
    private final StoredMessages stored;
    private final String filter;
    private final String fallback;
    private final Deque<Long> ahead = new ArrayDeque<>();
    private long next;
    private long readTo;
    private boolean closed;

    /// @param filter the subjects it wants, "" for all
    Matches(Session session, TopicName stream, StoredMessages stored, String filter) {
        reader = session.reader(stream, 0);
        this.stored = stored;
        this.filter = filter;
        fallback = stream.name();
    }

    /// Finds its place; completes when everything that is stored now is counted.
    CompletionStage<@Nullable Void> begin(Start start) {
        return place(start)
                .thenCompose(place -> {
                    next = Math.max(place, reader.startOffset());
                    readTo = next;
                    return filter.isEmpty() ? CompletableFuture.completedFuture(null) : read();
                });
    }

    /// Finds its place again where so many are owed.
    CompletionStage<@Nullable Void> goOn(long owed) {
        return begin(new Start.Offset(Math.max(0, reader.endOffset() - owed)));
    }

    private CompletionStage<Long> place(Start start) {
        return switch (start) {
            case Start.Edge.FIRST -> CompletableFuture.completedFuture(reader.startOffset());
            case Start.Edge.LAST -> CompletableFuture.completedFuture(reader.endOffset() - 1);
            case Start.Edge.NEXT -> CompletableFuture.completedFuture(reader.endOffset());
            case Start.Offset(long offset) -> CompletableFuture.completedFuture(offset);
            case Start.Time(long timeMs) ->
                    reader.find(timeMs)
                            .thenApply(
                                    found -> found == null ? reader.endOffset() : found.offset());
        };
    }

    private CompletionStage<@Nullable Void> read() {
        if (closed || readTo >= reader.endOffset()) {
            if (!closed) {
                reader.whenBeyond(readTo, this::read);
            }
            return CompletableFuture.completedFuture(null);
        }
        return reader.read(readTo, READ_BYTES)
                .thenCompose(read -> {
                    for (Reader.Entry entry : read.records()) {
                        String subject = stored.open(entry.content(), fallback).subject();
                        if (entry.offset() >= next && NatsSubjects.matches(filter, subject)) {
                            ahead.add(entry.offset());
                        }
                    }
                    readTo = Math.max(readTo + 1, read.nextOffset());
                    return read();
                });
    }

    /// It has got this one.
    void delivered(long offset) {
        next = Math.max(next, offset + 1);
        while (!ahead.isEmpty() && ahead.peek() < next) {
            ahead.remove();
        }
    }

    /// How many it has not got even once.
    long pending() {
        long start = reader.startOffset();
        if (!filter.isEmpty()) {
            delivered(start - 1);
            return ahead.size();
        }
        return Math.max(0, reader.endOffset() - Math.max(next, start));
    }

    void close() {
        closed = true;
        reader.close();
    }
}
