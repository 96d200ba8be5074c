package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.jetstream.api.Json;
import java.util.List;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.node.ObjectNode;

/// What a stream holds, now. A sequence is an offset and one.
///
/// @param start oldest offset kept
/// @param end one past the newest
/// @param messages that are kept
/// @param subjects that they have, or -1 where that is not known
/// @param bytes about
/// @param firstTime of the oldest message
/// @param lastTime of the newest
public record StreamState(
        long start,
        long end,
        long messages,
        long subjects,
        long bytes,
        String firstTime,
        String lastTime) {
    /// Looks at it, on the home loop.
    public static CompletionStage<StreamState> of(Session session, StreamTopic stream) {
        Reader reader = stream.reader(session);
        long start = reader.startOffset();
        long end = reader.endOffset();
        return session.stats(stream.subscription(""))
                .thenCombine(
                        reader.heldBytes(),
                        (stats, bytes) ->
                                new StreamState(
                                        start,
                                        end,
                                        Math.min(stats.ready(), end - start),
                                        -1,
                                        bytes,
                                        Json.NO_TIME,
                                        Json.NO_TIME))
                .thenCompose(state -> state.timed(reader))
                .whenComplete((_, _) -> reader.close());
    }

    public StreamState withSubjects(long count) {
        return new StreamState(start, end, messages, count, bytes, firstTime, lastTime);
    }

    private CompletionStage<StreamState> timed(Reader reader) {
        return time(reader, start, end)
                .thenCombine(
                        time(reader, Math.max(start, end - 1), end),
                        (first, last) ->
                                new StreamState(
                                        start, end, messages, subjects, bytes, first, last));
    }

    private static CompletionStage<String> time(Reader reader, long offset, long end) {
        return reader.read(offset, 1)
                .thenApply(read -> {
                    List<Reader.Entry> records = read.records();
                    return offset >= end || records.isEmpty()
                            ? Json.NO_TIME
                            : Json.time(records.getFirst().timeMs());
                });
    }

    public ObjectNode told(int consumers) {
        ObjectNode told = Json.object();
        boolean fresh = end == 0;
        told.put("messages", messages);
        told.put("bytes", messages == 0 ? 0 : bytes);
        told.put("first_seq", fresh ? 0 : start + 1);
        told.put("first_ts", firstTime);
        told.put("last_seq", end);
        told.put("last_ts", lastTime);
        told.put("consumer_count", consumers);
        if (subjects > 0) {
            told.put("num_subjects", subjects);
        }
        if (messages < end - start) {
            told.put("num_deleted", end - start - messages);
        }
        return told;
    }
}
