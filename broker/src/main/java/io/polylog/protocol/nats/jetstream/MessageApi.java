package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Answers requests for single messages, by reading what is stored: what has no sequence is looked
/// for from the beginning. On the home loop.
final class MessageApi {
    private static final int READ_BYTES = 1 << 20;

    private static final Shape GET =
            Shape.of(
                    "JSApiMsgGetRequest",
                    "seq count",
                    "last_by_subj text",
                    "next_by_subj text",
                    "no_hdr flag");

    private final Session session;
    private final StreamAccess streams;
    private final StoredMessages stored;
    private final Replies replies;

    /// A message and where it is.
    private record Found(long offset, long timeMs, NatsContent message) {}

    MessageApi(Session session, StreamAccess streams, StoredMessages stored, Replies replies) {
        this.session = session;
        this.streams = streams;
        this.stored = stored;
        this.replies = replies;
    }

    /// `STREAM.MSG.GET.<stream>`.
    CompletionStage<ObjectNode> get(ApiRequest request) {
        StreamTopic stream = streams.toRead(request, request.token(3));
        ObjectNode asked = GET.read(request.json());
        return find(stream, asked)
                .thenApply(found -> {
                    if (found == null) {
                        throw ApiError.NO_MESSAGE.plain();
                    }
                    ObjectNode told = Json.object();
                    ObjectNode message = told.putObject("message");
                    message.put("subject", found.message.subject()).put("seq", found.offset + 1);
                    byte[] headers = found.message.headers();
                    if (headers.length > 0 && !asked.path("no_hdr").asBoolean(false)) {
                        message.put("hdrs", Base64.getEncoder().encodeToString(headers));
                    }
                    byte[] data = new byte[found.message.payload().remaining()];
                    found.message.payload().get(data);
                    if (data.length > 0) {
                        message.put("data", Base64.getEncoder().encodeToString(data));
                    }
                    message.put("time", Json.time(found.timeMs));
                    return told;
                });
    }

    /// `DIRECT.GET.<stream>[.<subject>]`: answered by the message itself or a status.
    CompletionStage<@Nullable ObjectNode> direct(ApiRequest request) {
        StreamTopic stream;
        try {
            stream = streams.toRead(request, request.token(2));
        } catch (ApiException none) {
            replies.nobody(request);
            return CompletableFuture.completedFuture(null);
        }
        if (!stream.config().flag("allow_direct")) {
            replies.nobody(request);
            return CompletableFuture.completedFuture(null);
        }
        String status = directly(request, stream);
        if (status != null) {
            replies.status(request.namespace(), request.reply(), status);
        }
        return CompletableFuture.completedFuture(null);
    }

    /// Answers; gives the status where nothing can be looked for.
    private @Nullable String directly(ApiRequest request, StreamTopic stream) {
        ObjectNode asked;
        try {
            asked = request.jsonOrNothing();
        } catch (ApiException malformed) {
            return "408 Malformed Request";
        }
        String subject = request.rest(3);
        if (!subject.isEmpty()) {
            asked.put("last_by_subj", subject);
        } else if (asked.isEmpty()) {
            return "408 Empty Request";
        }
        if (asked.has("batch") || asked.has("multi_last") || asked.has("start_time")) {
            return "408 Bad Request";
        }
        find(stream, asked)
                .thenAccept(found -> {
                    if (found == null) {
                        replies.status(
                                request.namespace(), request.reply(), "404 Message Not Found");
                    } else {
                        replies.stored(
                                request.namespace(),
                                request.reply(),
                                found.message,
                                ("Nats-Stream: %s\r\nNats-Subject: %s\r\n"
                                                + "Nats-Sequence: %d\r\nNats-Time-Stamp: %s")
                                        .formatted(
                                                stream.name().name(),
                                                found.message.subject(),
                                                found.offset + 1,
                                                Json.time(found.timeMs)));
                    }
                });
        return null;
    }

    private CompletionStage<@Nullable Found> find(StreamTopic stream, ObjectNode asked) {
        long sequence = asked.path("seq").asLong(0);
        String last = asked.path("last_by_subj").asString("");
        String next = asked.path("next_by_subj").asString("");
        boolean nothing = sequence == 0 && last.isEmpty() && next.isEmpty();
        boolean both = !last.isEmpty() && (sequence > 0 || !next.isEmpty());
        if (nothing || both) {
            throw ApiError.BAD_REQUEST.plain();
        }
        Reader reader = session.reader(stream.name(), 0);
        CompletionStage<@Nullable Found> found;
        if (!last.isEmpty()) {
            found = scan(reader, reader.startOffset(), null, false, matching(last), stream);
        } else if (!next.isEmpty()) {
            long from = Math.max(reader.startOffset(), sequence - 1);
            found = scan(reader, from, null, true, matching(next), stream);
        } else {
            long from = sequence - 1;
            boolean there = from >= reader.startOffset() && from < reader.endOffset();
            found =
                    there
                            ? scan(reader, from, null, true, (at, _) -> at == from, stream)
                            : CompletableFuture.completedFuture(null);
        }
        return found.whenComplete((_, _) -> reader.close());
    }

    private static BiPredicate<Long, String> matching(String pattern) {
        return (_, subject) -> NatsSubjects.matches(pattern, subject);
    }

    /// The first or the last that fits.
    ///
    /// @param before what was found so far
    private CompletionStage<@Nullable Found> scan(
            Reader reader,
            long from,
            @Nullable Found before,
            boolean first,
            BiPredicate<Long, String> fits,
            StreamTopic stream) {
        if (from >= reader.endOffset()) {
            return CompletableFuture.completedFuture(before);
        }
        return reader.read(from, READ_BYTES)
                .thenCompose(read -> {
                    Found found = before;
                    for (Reader.Entry entry : read.records()) {
                        NatsContent message = stored.open(entry.content(), stream.name().name());
                        if (fits.test(entry.offset(), message.subject())) {
                            found = new Found(entry.offset(), entry.timeMs(), message.copied());
                            if (first) {
                                return CompletableFuture.completedFuture(found);
                            }
                        }
                    }
                    return scan(
                            reader,
                            Math.max(from + 1, read.nextOffset()),
                            found,
                            first,
                            fits,
                            stream);
                });
    }
}
