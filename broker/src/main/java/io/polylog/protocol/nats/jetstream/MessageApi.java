package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Session;
import io.polylog.protocol.nats.jetstream.Lookup.Found;
import io.polylog.security.Operation;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Answers requests about single messages. On the home loop.
final class MessageApi {
    private static final Shape GET =
            Shape.of(
                    "JSApiMsgGetRequest",
                    "seq count",
                    "last_by_subj text",
                    "next_by_subj text",
                    "no_hdr flag");

    private static final Shape DELETE =
            Shape.of("JSApiMsgDeleteRequest", "seq count", "no_erase flag");

    private final Session session;
    private final StreamAccess streams;
    private final Lookup lookup;
    private final Replies replies;

    MessageApi(Session session, StreamAccess streams, Lookup lookup, Replies replies) {
        this.session = session;
        this.streams = streams;
        this.lookup = lookup;
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
                    message.put("subject", found.message().subject());
                    message.put("seq", found.offset() + 1);
                    byte[] headers = found.message().headers();
                    if (headers.length > 0 && !asked.path("no_hdr").asBoolean(false)) {
                        message.put("hdrs", Base64.getEncoder().encodeToString(headers));
                    }
                    byte[] data = new byte[found.message().payload().remaining()];
                    found.message().payload().get(data);
                    if (data.length > 0) {
                        message.put("data", Base64.getEncoder().encodeToString(data));
                    }
                    message.put("time", Json.time(found.timeMs()));
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
        CompletionStage<@Nullable Found> sought;
        try {
            sought = find(stream, asked);
        } catch (ApiException senseless) {
            return "408 Bad Request";
        }
        sought.thenAccept(found -> {
            if (found == null) {
                replies.status(request.namespace(), request.reply(), "404 Message Not Found");
            } else {
                replies.stored(
                        request.namespace(),
                        request.reply(),
                        found.message(),
                        ("Nats-Stream: %s\r\nNats-Subject: %s\r\n"
                                        + "Nats-Sequence: %d\r\nNats-Time-Stamp: %s")
                                .formatted(
                                        stream.name().name(),
                                        found.message().subject(),
                                        found.offset() + 1,
                                        Json.time(found.timeMs())));
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
        if (!last.isEmpty()) {
            return lookup.last(stream, last);
        }
        return next.isEmpty()
                ? lookup.at(stream, sequence - 1)
                : lookup.next(stream, next, sequence - 1);
    }

    /// `STREAM.MSG.DELETE.<stream>`.
    CompletionStage<ObjectNode> delete(ApiRequest request) {
        StreamTopic stream = streams.find(request, request.token(3), Operation.CONFIGURE);
        long sequence = DELETE.read(request.json()).path("seq").asLong(0);
        stream.requireMade(ApiError.DELETE_REFUSED);
        if (stream.config().isSealed()) {
            throw ApiError.SEALED.plain();
        }
        if (stream.config().flag("deny_delete")) {
            throw ApiError.DELETE_REFUSED.of("message delete not permitted");
        }
        return session.remove(stream.topicName(), 0, List.of(sequence - 1))
                .thenApply(gone -> {
                    if (!gone.getFirst()) {
                        throw ApiError.NO_SEQUENCE.of(String.valueOf(sequence));
                    }
                    return Json.object().put("success", true);
                });
    }
}
