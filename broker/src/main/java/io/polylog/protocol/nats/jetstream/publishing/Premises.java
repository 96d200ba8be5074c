package io.polylog.protocol.nats.jetstream.publishing;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.NatsService.Admission.Elsewhere;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Publishes messages that expect what is found by reading the stream alone: what is read holds if
/// nothing was stored since, and else is read again. On the home loop, but for [#admit].
public final class Premises {
    private static final int MOST_TRIES = 100;
    private static final String ID = "Nats-Msg-Id";

    private final Session session;
    private final Lookup lookup;
    private final Executor home;

    public Premises(Session session, Lookup lookup, Executor home) {
        this.session = session;
        this.lookup = lookup;
        this.home = home;
    }

    /// What a message expects.
    ///
    /// @param lastId the id of the stream's last message, or "" for whichever
    /// @param subjects a pattern, or "" for none
    /// @param newest offset of the newest message that fits it, -1 for none
    /// @param last what is expected of the stream itself, or null
    record Premise(String lastId, String subjects, long newest, @Nullable Expectation last) {}

    /// Makes the answer to who publishes.
    interface Told {
        @Nullable String decided(Outcomes outcomes);

        @Nullable String refused(ApiException why);
    }

    /// Any thread.
    Elsewhere admit(StreamTopic stream, Publication message, Premise premise, Told told) {
        return new Elsewhere(() -> {
            CompletableFuture<@Nullable String> answer = new CompletableFuture<>();
            home.execute(() ->
                    publish(stream, message, premise, told, MOST_TRIES)
                            .whenComplete((text, failed) ->
                                    answer.complete(
                                            failed == null
                                                    ? text
                                                    : told.refused(ApiError.STORE_FULL.plain()))));
            return answer;
        });
    }

    private CompletionStage<@Nullable String> publish(
            StreamTopic stream, Publication message, Premise premise, Told told, int tries) {
        long last = lookup.extent(stream).end() - 1;
        return wrong(stream, premise, last)
                .thenCompose(wrong -> {
                    if (wrong != null && !hasId(message)) {
                        return CompletableFuture.completedFuture(told.refused(wrong));
                    }
                    Expectation unchanged = new Expectation(Scope.STREAM, last);
                    Expectation expected =
                            wrong == null
                                    ? Objects.requireNonNullElse(premise.last, unchanged)
                                    // It may be one that was stored before, which is told first.
                                    : new Expectation(Scope.STREAM, Long.MAX_VALUE);
                    return send(message.expecting(expected.in(stream.topicName())))
                            .thenCompose(outcomes -> {
                                boolean conflict = outcomes.at(0) == Outcome.CONFLICT;
                                if (conflict && wrong != null) {
                                    return CompletableFuture.completedFuture(told.refused(wrong));
                                }
                                return conflict && premise.last == null && tries > 0
                                        ? publish(stream, message, premise, told, tries - 1)
                                        : CompletableFuture.completedFuture(told.decided(outcomes));
                            });
                });
    }

    private CompletionStage<Outcomes> send(Publication message) {
        CompletableFuture<Outcomes> decided = new CompletableFuture<>();
        session.publish(List.of(message), decided::complete);
        return decided;
    }

    private static boolean hasId(Publication message) {
        return id(NatsContent.wrap(message.content().bytes())) != null;
    }

    private static @Nullable String id(NatsContent message) {
        return NatsHeaders.read(message.headers()).first(ID);
    }

    /// What is not as expected, or null.
    ///
    /// @param last offset of the stream's last message
    private CompletionStage<@Nullable ApiException> wrong(
            StreamTopic stream, Premise premise, long last) {
        if (premise.subjects.isEmpty()) {
            return wrongId(stream, premise.lastId, last);
        }
        return lookup.last(stream, premise.subjects)
                .thenCompose(found -> {
                    long newest = found == null ? -1 : found.offset();
                    return newest == premise.newest
                            ? wrongId(stream, premise.lastId, last)
                            : CompletableFuture.completedFuture(
                                    ApiError.WRONG_SEQUENCE.of(String.valueOf(newest + 1)));
                });
    }

    private CompletionStage<@Nullable ApiException> wrongId(
            StreamTopic stream, String expected, long last) {
        if (expected.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletionStage<Lookup.@Nullable Found> found =
                last < 0 ? CompletableFuture.completedFuture(null) : lookup.at(stream, last);
        return found.thenApply(there -> {
            String id = there == null ? null : id(there.message());
            return expected.equals(id)
                    ? null
                    : ApiError.WRONG_ID.of(Objects.requireNonNullElse(id, ""));
        });
    }
}
