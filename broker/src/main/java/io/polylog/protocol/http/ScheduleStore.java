package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.SubjectView;
import io.polylog.broker.SubjectView.Page;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.meta.Catalog;
import io.polylog.message.TopicName;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Keeps schedules: one message each, in a topic of the broker's own that no client can reach. The
/// next takes its place, if it is still there. How long the message may wait is how long it is
/// until the schedule's time: so that is told by the topic, and nothing waits here. On the
/// session's loop; stages fail with [BrokerException].
final class ScheduleStore {
    static final TopicName TOPIC = new TopicName(Catalog.INTERNAL_NAMESPACE, "schedules");

    private static final long ALL = Long.MAX_VALUE;

    private final Session session;
    private final LongSupplier wallMs;

    /// A schedule, and where it is.
    record Found(Schedule schedule, long offset) {
        Found with(Schedule other) {
            return new Found(other, offset);
        }
    }

    /// @param session of the broker itself
    /// @param wallMs milliseconds since 1970
    ScheduleStore(Session session, LongSupplier wallMs) {
        this.session = session;
        this.wallMs = wallMs;
    }

    /// Whether there may be schedules: the topic is made for the first.
    boolean exists() {
        return session.definitions().topic(TOPIC) != null;
    }

    CompletionStage<Topic> make() {
        return session.declareTopic(TopicSpec.timers(TOPIC));
    }

    /// Only where it [#exists].
    Reader reader() {
        return session.reader(TOPIC, 0);
    }

    /// The key of those of a namespace begins so: one word, in which no character means anything.
    private static String prefix(String namespace) {
        String word = URLEncoder.encode(namespace, UTF_8);
        return word.replace(".", "%2E").replace("*", "%2A") + ".";
    }

    private static String key(Schedule schedule) {
        return prefix(schedule.namespace()) + schedule.name();
    }

    /// One by its name; null where there is none.
    CompletionStage<@Nullable Found> find(String namespace, String name) {
        return exists()
                ? session.subjects(TOPIC, 0)
                        .last(prefix(namespace) + name, ALL)
                        .thenCompose(this::at)
                : CompletableFuture.completedFuture(null);
    }

    /// The one at an offset; null where there is none any more.
    CompletionStage<@Nullable Found> at(long offset) {
        if (offset < 0) {
            return CompletableFuture.completedFuture(null);
        }
        Reader reader = reader();
        return reader.read(offset, 1)
                .whenComplete((_, _) -> reader.close())
                .thenApply(read -> {
                    if (read.damage() != null) {
                        throw new BrokerException(Kind.DAMAGED, "a schedule: " + read.damage());
                    }
                    List<Reader.Entry> there = read.records();
                    boolean none = there.isEmpty() || there.getFirst().offset() != offset;
                    return none ? null : new Found(schedule(there.getFirst()), offset);
                });
    }

    private static Schedule schedule(Reader.Entry entry) {
        ByteBuffer content = entry.content().bytes();
        byte[] json = new byte[content.remaining()];
        content.duplicate().get(json);
        try {
            return Json.stored(json, Schedule.class);
        } catch (IllegalArgumentException damaged) {
            throw new BrokerException(
                    Kind.DAMAGED, "the schedule at offset " + entry.offset() + " cannot be read");
        }
    }

    /// Whether a namespace has fewer than so many.
    CompletionStage<Boolean> hasRoom(String namespace, int most) {
        SubjectView all = session.subjects(TOPIC, 0);
        return all.distinct()
                .thenCompose(count ->
                        count < most
                                ? CompletableFuture.completedFuture(true)
                                : all.subjects(prefix(namespace) + "#", null, Math.max(1, most))
                                        .thenApply(page -> page.all().size() < most));
    }

    /// Some of a namespace, in the order of their names.
    ///
    /// @param after name of the last before, or null
    CompletionStage<Page<Found>> list(String namespace, @Nullable String after, int limit) {
        if (!exists()) {
            return CompletableFuture.completedFuture(new Page<>(List.of(), null));
        }
        String prefix = prefix(namespace);
        return session.subjects(TOPIC, 0)
                .lastOfEach(
                        List.of(prefix + "#"), ALL, after == null ? null : prefix + after, limit)
                .thenCompose(page -> {
                    CompletionStage<List<Found>> all =
                            CompletableFuture.completedFuture(new ArrayList<>());
                    for (var each : page.all()) {
                        all =
                                all.thenCompose(before ->
                                        at(each.offset())
                                                .thenApply(found -> {
                                                    if (found != null) {
                                                        before.add(found);
                                                    }
                                                    return before;
                                                }));
                    }
                    String next = page.next();
                    return all.thenApply(found ->
                            new Page<>(
                                    found, next == null ? null : next.substring(prefix.length())));
                });
    }

    /// What is to be published for a schedule to be kept in place of the one that was there.
    ///
    /// @param found with what is to be; its offset is -1 where none was there
    Publication keeping(Found found) {
        Schedule next = found.schedule();
        long dueMs = next.progress().dueMs();
        long waitMs = dueMs < 0 ? -1 : Math.max(0, dueMs - wallMs.getAsLong());
        return new Publication(
                new Address.Direct(TOPIC, 0, key(next)),
                new Content(
                        HttpMapping.ENCODING,
                        new Envelope(0, waitMs, -1, null),
                        ByteBuffer.wrap(Json.bytes(next))),
                new Expectation(Scope.KEY, found.offset()).in(TOPIC));
    }

    /// Keeps it; false where another is there meanwhile, which stays.
    CompletionStage<Boolean> keep(Found found) {
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        session.publish(
                List.of(keeping(found)),
                outcomes -> {
                    Outcome outcome = outcomes.at(0);
                    if (outcome == Outcome.STORED || outcome == Outcome.CONFLICT) {
                        kept.complete(outcome == Outcome.STORED);
                    } else {
                        kept.completeExceptionally(refused(outcome));
                    }
                });
        return kept;
    }

    private static BrokerException refused(Outcome outcome) {
        Kind kind =
                switch (outcome) {
                    case BUSY -> Kind.BUSY;
                    case DISK_FULL -> Kind.DISK_FULL;
                    case REJECTED -> Kind.FULL;
                    default -> Kind.CLOSED;
                };
        return new BrokerException(kind, "the schedule is not stored: " + outcome);
    }

    /// Removes it; false where another is there meanwhile, which stays.
    CompletionStage<Boolean> remove(Found found) {
        return session.remove(TOPIC, 0, List.of(found.offset())).thenApply(List::getFirst);
    }
}
