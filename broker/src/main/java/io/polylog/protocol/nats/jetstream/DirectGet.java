package io.polylog.protocol.nats.jetstream;

import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.ApiLevel;
import io.polylog.protocol.nats.jetstream.api.ApiRequest;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Replies;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.Lookup.Found;
import io.polylog.protocol.nats.jetstream.streams.StreamAccess;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Answers `DIRECT.GET.<stream>[.<subject>]` by messages themselves and statuses (ADR-31). On the
/// home loop.
final class DirectGet {
    private static final String NOT_FOUND = "404 Message Not Found";

    /// Messages of several subjects at once.
    private static final int MOST_LAST = 1024;

    /// Sent at once at most, so that who asks can keep up; the end of the answer says what is left.
    private static final long MOST_BYTES = 16 << 20;

    private final StreamAccess streams;
    private final Lookup lookup;
    private final Replies replies;

    DirectGet(StreamAccess streams, Lookup lookup, Replies replies) {
        this.streams = streams;
        this.lookup = lookup;
        this.replies = replies;
    }

    /// A status instead of an answer.
    private static final class Status extends RuntimeException {
        private static final long serialVersionUID = 1L;

        /// @param line what follows the version
        Status(String line) {
            super(line, null, false, false);
        }
    }

    /// What is asked for, of which not everything goes together.
    ///
    /// @param seq from where on; 0 for nothing
    /// @param startTime from when on, or ""
    /// @param last of which subject the newest, or ""
    /// @param next of which subjects, or "" for all
    /// @param batch how many at most; 0 where only one is asked for
    /// @param maxBytes after which no more come
    /// @param multiLast of each of which subjects the newest
    /// @param upToSeq those no newer than this; 0 for all
    /// @param upToTime those older than this, or ""
    /// @param bare without headers
    private record Ask(
            long seq,
            String startTime,
            String last,
            String next,
            long batch,
            long maxBytes,
            List<String> multiLast,
            long upToSeq,
            String upToTime,
            boolean bare) {

        /// @throws Status where it is none
        static Ask of(ObjectNode members) {
            Ask ask =
                    new Ask(
                            count(members, "seq"),
                            time(members, "start_time"),
                            text(members, "last_by_subj"),
                            text(members, "next_by_subj"),
                            count(members, "batch"),
                            count(members, "max_bytes"),
                            texts(members, "multi_last"),
                            count(members, "up_to_seq"),
                            time(members, "up_to_time"),
                            members.path("no_hdr").asBoolean(false));
            ask.check();
            return ask;
        }

        static Ask last(String subject, boolean bare) {
            return new Ask(0, "", subject, "", 0, 0, List.of(), 0, "", bare);
        }

        private void check() {
            boolean start = !startTime.isEmpty();
            boolean any = seq > 0 || start || !next.isEmpty() || !multiLast.isEmpty();
            if (!any && last.isEmpty()) {
                throw new Status("408 Empty Request");
            }
            boolean lastAndMore = !last.isEmpty() && (any || batch > 0);
            boolean nextAndLast = !next.isEmpty() && !multiLast.isEmpty();
            boolean twoEnds = upToSeq > 0 && !upToTime.isEmpty();
            if (lastAndMore || nextAndLast || twoEnds || (seq > 0 && start)) {
                throw new Status("408 Bad Request");
            }
        }

        private static long count(ObjectNode members, String name) {
            return expected(members, name, JsonNode::isIntegralNumber).asLong(0);
        }

        private static String text(ObjectNode members, String name) {
            return expected(members, name, JsonNode::isString).asString("");
        }

        private static String time(ObjectNode members, String name) {
            String time = text(members, name);
            if (!time.isEmpty() && !Json.isTime(time)) {
                throw new Status("408 Malformed Request");
            }
            return time;
        }

        private static List<String> texts(ObjectNode members, String name) {
            List<String> texts = new ArrayList<>();
            for (JsonNode each : expected(members, name, JsonNode::isArray)) {
                texts.add(each.asString(""));
            }
            return texts;
        }

        private static JsonNode expected(
                ObjectNode members, String name, Predicate<JsonNode> kind) {
            JsonNode value = members.path(name);
            boolean none = value.isMissingNode() || value.isNull();
            if (!none && !kind.test(value)) {
                throw new Status("408 Malformed Request");
            }
            return value;
        }

        /// Subjects, in NATS' pattern.
        String pattern() {
            return next.isEmpty() ? ">" : next;
        }

        long most() {
            return maxBytes > 0 ? Math.min(maxBytes, MOST_BYTES) : MOST_BYTES;
        }
    }

    CompletionStage<@Nullable ObjectNode> get(ApiRequest request) {
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
        if (request.requiresMore()) {
            status(request, ApiLevel.STATUS);
            return CompletableFuture.completedFuture(null);
        }
        try {
            answer(request, stream, asked(request))
                    .exceptionally(_ -> {
                        status(request, NOT_FOUND);
                        return null;
                    });
        } catch (Status instead) {
            status(request, String.valueOf(instead.getMessage()));
        }
        return CompletableFuture.completedFuture(null);
    }

    private void status(ApiRequest request, String line) {
        replies.status(request.namespace(), request.reply(), line);
    }

    /// @throws Status where it makes no sense
    private static Ask asked(ApiRequest request) {
        ObjectNode members;
        try {
            members = request.json();
        } catch (ApiException malformed) {
            throw new Status("408 Malformed Request");
        }
        String subject = request.rest(3);
        if (subject.isEmpty()) {
            return Ask.of(members);
        }
        boolean bare = members.path("no_hdr").asBoolean(false);
        members.remove("no_hdr");
        if (!members.isEmpty()) {
            throw new Status("408 Bad Request");
        }
        return Ask.last(subject, bare);
    }

    private CompletionStage<@Nullable Void> answer(
            ApiRequest request, StreamTopic stream, Ask asked) {
        if (!asked.multiLast.isEmpty()) {
            return lastOfEach(request, stream, asked);
        }
        if (!asked.last.isEmpty()) {
            return lookup.last(stream, asked.last)
                    .thenAccept(found -> one(request, stream, asked, found));
        }
        return from(stream, asked)
                .thenCompose(from -> {
                    if (asked.batch > 0) {
                        return lookup.count(stream, asked.pattern(), from)
                                .thenCompose(there ->
                                        new Batch(request, stream, asked, there).send(from));
                    }
                    return lookup.from(stream, asked.next, from)
                            .thenAccept(found -> one(request, stream, asked, found));
                });
    }

    private CompletionStage<Long> from(StreamTopic stream, Ask asked) {
        return asked.startTime.isEmpty()
                ? CompletableFuture.completedFuture(asked.seq - 1)
                : lookup.since(stream, Json.ms(asked.startTime));
    }

    private void one(ApiRequest request, StreamTopic stream, Ask asked, @Nullable Found found) {
        if (found == null) {
            status(request, NOT_FOUND);
        } else {
            send(request, stream, asked.bare, found, "");
        }
    }

    /// @param lines further headers, each after an end of line
    private void send(
            ApiRequest request, StreamTopic stream, boolean bare, Found found, String lines) {
        if (bare) {
            replies.bare(request.namespace(), request.reply(), found.message());
            return;
        }
        replies.stored(
                request.namespace(),
                request.reply(),
                found.message(),
                ("Nats-Stream: %s\r\nNats-Subject: %s\r\n"
                                + "Nats-Sequence: %d\r\nNats-Time-Stamp: %s%s")
                        .formatted(
                                stream.name().name(),
                                found.message().subject(),
                                found.offset() + 1,
                                Json.time(found.timeMs()),
                                lines));
    }

    /// The newest of each of several subjects.
    private CompletionStage<@Nullable Void> lastOfEach(
            ApiRequest request, StreamTopic stream, Ask asked) {
        return below(stream, asked)
                .thenCompose(below -> {
                    if (below <= 0) {
                        status(request, "404 No Results");
                        return CompletableFuture.completedFuture(null);
                    }
                    return lookup.lastOfEach(stream, asked.multiLast, below, MOST_LAST + 1)
                            .thenCompose(offsets -> {
                                if (offsets.size() > MOST_LAST || offsets.isEmpty()) {
                                    status(
                                            request,
                                            offsets.isEmpty()
                                                    ? "404 No Results"
                                                    : "413 Too Many Results");
                                    return CompletableFuture.completedFuture(null);
                                }
                                return new Batch(request, stream, asked, offsets.size())
                                        .send(offsets, 0, below);
                            });
                });
    }

    /// Where what is asked for ends; 0 where it ends before the stream begins.
    private CompletionStage<Long> below(StreamTopic stream, Ask asked) {
        Lookup.Extent extent = lookup.extent(stream);
        if (asked.upToTime.isEmpty()) {
            return CompletableFuture.completedFuture(
                    asked.upToSeq > 0 ? asked.upToSeq : extent.end());
        }
        return lookup.since(stream, Json.ms(asked.upToTime))
                .thenApply(end -> end <= extent.start() ? 0 : end);
    }

    /// An answer of several messages.
    private final class Batch {
        private final ApiRequest request;
        private final StreamTopic stream;
        private final Ask asked;
        private final long counted;

        /// How many there are behind those that were sent.
        private long pending;

        private long previous;
        private long sent;
        private long bytes;

        Batch(ApiRequest request, StreamTopic stream, Ask asked, long pending) {
            this.request = request;
            this.stream = stream;
            this.asked = asked;
            this.pending = pending;
            counted = lookup.extent(stream).end();
        }

        /// Sends one.
        ///
        /// @return whether more may follow
        private boolean more(Found found) {
            pending = Math.max(0, pending - 1);
            String lines =
                    "\r\nNats-Num-Pending: %d\r\nNats-Last-Sequence: %d"
                            .formatted(pending, previous);
            DirectGet.this.send(request, stream, asked.bare, found, lines);
            previous = found.offset() + 1;
            sent++;
            bytes += found.message().subject().length();
            bytes += found.message().headersLength() + found.message().payload().remaining();
            return bytes < asked.most() && (asked.batch <= 0 || sent < asked.batch);
        }

        private void end(String lines) {
            status(
                    request,
                    "204 EOB\r\nNats-Num-Pending: %d\r\nNats-Last-Sequence: %d%s"
                            .formatted(pending, previous, lines));
        }

        /// Sends those from an offset on.
        CompletionStage<@Nullable Void> send(long from) {
            return lookup.each(stream, asked.pattern(), from, this::more)
                    .thenCompose(_ -> {
                        if (sent == 0) {
                            status(request, NOT_FOUND);
                            return CompletableFuture.completedFuture(null);
                        }
                        return left().thenAccept(left -> {
                            pending = left;
                            end("");
                        });
                    });
        }

        /// How many there are behind the last one now.
        private CompletionStage<Long> left() {
            return lookup.extent(stream).end() > counted
                    ? lookup.count(stream, asked.pattern(), previous)
                    : CompletableFuture.completedFuture(pending);
        }

        /// Sends those at offsets from a place among them on.
        CompletionStage<@Nullable Void> send(List<Long> offsets, int place, long below) {
            if (place == offsets.size()) {
                end("\r\nNats-UpTo-Sequence: " + below);
                return CompletableFuture.completedFuture(null);
            }
            long offset = offsets.get(place);
            if (offset < asked.seq - 1) {
                pending--;
                return send(offsets, place + 1, below);
            }
            return lookup.at(stream, offset)
                    .thenCompose(found -> {
                        if (found == null) {
                            pending--;
                        } else if (!more(found)) {
                            return send(offsets, offsets.size(), below);
                        }
                        return send(offsets, place + 1, below);
                    });
        }
    }
}
