package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Session;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiRequest;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Shape;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.Lookup.Found;
import io.polylog.protocol.nats.jetstream.streams.StreamAccess;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.security.Operation;
import java.util.Base64;
import java.util.List;
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
                    "batch number",
                    "max_bytes number",
                    "multi_last list",
                    "up_to_seq count",
                    "up_to_time text",
                    "start_time text",
                    "no_hdr flag");

    private static final Shape DELETE =
            Shape.of("JSApiMsgDeleteRequest", "seq count", "no_erase flag");

    private final Session session;
    private final StreamAccess streams;
    private final Lookup lookup;

    MessageApi(Session session, StreamAccess streams, Lookup lookup) {
        this.session = session;
        this.streams = streams;
        this.lookup = lookup;
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

    private CompletionStage<@Nullable Found> find(StreamTopic stream, ObjectNode asked) {
        long sequence = asked.path("seq").asLong(0);
        String last = asked.path("last_by_subj").asString("");
        String next = asked.path("next_by_subj").asString("");
        String start = asked.path("start_time").asString("");
        boolean several =
                asked.path("batch").asLong(0) > 0 || asked.path("max_bytes").asLong(0) > 0;
        boolean both = !last.isEmpty() && (sequence > 0 || !next.isEmpty() || !start.isEmpty());
        boolean twice = sequence > 0 && !start.isEmpty();
        boolean nothing = sequence == 0 && last.isEmpty() && next.isEmpty() && start.isEmpty();
        if (several || both || twice || nothing) {
            throw ApiError.BAD_REQUEST.plain();
        }
        if (!last.isEmpty()) {
            return lookup.last(stream, last);
        }
        if (start.isEmpty()) {
            return lookup.from(stream, next, sequence - 1);
        }
        return lookup.since(stream, Json.ms(start))
                .thenCompose(offset -> lookup.from(stream, next, offset));
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
