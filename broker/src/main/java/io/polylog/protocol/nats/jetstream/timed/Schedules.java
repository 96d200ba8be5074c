package io.polylog.protocol.nats.jetstream.timed;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.Transaction;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.NatsMapping;
import io.polylog.protocol.nats.NatsService.Admission.Elsewhere;
import io.polylog.protocol.nats.NatsService.Whole;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.InTurn;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Replies;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.Lookup.Found;
import io.polylog.protocol.nats.jetstream.streams.Retiring;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.Streams;
import io.polylog.protocol.nats.jetstream.streams.TimeToLive;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Publishes what schedules say when it is time (ADR-51). When that is stands in a topic of the
/// namespace's own: one message for each schedule, the tick, that waits until then and is replaced
/// by the next in one with what is published. So each time comes once, whatever stops in between.
/// On the home loop.
public final class Schedules {
    private static final Logger log = LoggerFactory.getLogger(Schedules.class);

    private static final String TICKS = "nats.schedules";
    private static final String ROLLUP = "Nats-Rollup";
    private static final String SCHEDULER = "Nats-Scheduler";
    private static final String NEXT = "Nats-Schedule-Next";

    /// Said of the next time of a schedule that goes.
    private static final String PURGE = "purge";

    /// Of the headers of a message that a schedule publishes: those that begin so stay behind.
    private static final List<String> LEFT_OUT = List.of("Nats-Schedule", "Nats-Expected-");

    /// And so do these.
    private static final Set<String> ALSO_LEFT_OUT =
            Set.of("Nats-Msg-Id", TimeToLive.HEADER, ROLLUP);

    private final Session session;
    private final Executor home;
    private final Streams streams;
    private final Lookup lookup;
    private final LongSupplier wallMs;

    /// By namespace.
    private final Map<String, Ticks> ticks = new HashMap<>();

    private long version = -1;

    /// @param wallMs milliseconds since 1970
    public Schedules(
            Session session, Executor home, Streams streams, Lookup lookup, LongSupplier wallMs) {
        this.session = session;
        this.home = home;
        this.streams = streams;
        this.lookup = lookup;
        this.wallMs = wallMs;
    }

    /// What waits for its time.
    ///
    /// @param stream the schedule's
    /// @param subject the schedule's
    /// @param dueMs when it is time, in milliseconds since 1970
    /// @param gone where it is that the schedule of that sequence goes; 0 for any, -1 for none
    private record Tick(String stream, String subject, long dueMs, long gone) {
        private static final long STAYS = -1;

        static Tick read(NatsContent message) {
            byte[] json = new byte[message.payload().remaining()];
            message.payload().get(json);
            ObjectNode members = Json.read(json);
            return new Tick(
                    members.path("stream").asString(""),
                    members.path("subject").asString(""),
                    members.path("due").asLong(0),
                    members.path("gone").asLong(STAYS));
        }

        /// The subject that it has among the ticks.
        String key() {
            return stream + "." + NatsSubjects.neutral(subject);
        }

        ByteBuffer bytes() {
            ObjectNode members = Json.object();
            members.put("stream", stream).put("subject", subject);
            members.put("due", dueMs).put("gone", gone);
            byte[] json = Json.write(members).getBytes(UTF_8);
            return NatsContent.of(subject, "", new byte[0], ByteBuffer.wrap(json));
        }
    }

    /// Looks which namespaces have ticks; called many times a second.
    public void tick() {
        long now = session.definitions().version();
        if (now == version) {
            return;
        }
        version = now;
        Retiring.unwanted(
                ticks,
                namespace -> session.definitions().topic(new TopicName(namespace, TICKS)) != null,
                gone -> gone.reader.close());
        for (StreamTopic stream : streams.all()) {
            TopicName topic = new TopicName(stream.name().namespace(), TICKS);
            if (stream.config().flag(StreamConfig.SCHEDULES)
                    && session.definitions().topic(topic) != null) {
                ticks.computeIfAbsent(topic.namespace(), Ticks::new);
            }
        }
    }

    /// Whether a message is a schedule, or is about one.
    public static boolean areMeant(Map<String, String> headers) {
        return !headers.getOrDefault(Schedule.PATTERN, "").isEmpty()
                || headers.containsKey(NEXT)
                || headers.containsKey(SCHEDULER);
    }

    /// Such a message.
    ///
    /// @param message as it is stored
    /// @param schedule that it is, or null
    /// @param ends subject of the schedule that it ends, or ""
    public record Part(Publication message, @Nullable Schedule schedule, String ends) {}

    /// Looks at such a message. Any thread.
    ///
    /// @throws ApiException where it makes no sense
    public static Part part(StreamTopic stream, Publication message, Map<String, String> headers) {
        NatsContent content = NatsContent.wrap(message.content().bytes());
        boolean allowed = stream.config().flag(StreamConfig.SCHEDULES);
        if (!headers.getOrDefault(Schedule.PATTERN, "").isEmpty()) {
            if (!allowed) {
                throw ApiError.NO_SCHEDULES.plain();
            }
            Schedule schedule = checked(stream, headers, content.subject());
            Publication whole = message.replacing(Replaces.KEY);
            Publication stored = headers.containsKey(ROLLUP) ? whole : withRollup(whole, content);
            return new Part(stored, schedule, "");
        }
        String scheduler = headers.getOrDefault(SCHEDULER, "");
        boolean odd =
                !headers.getOrDefault(NEXT, "").equals(PURGE)
                        || scheduler.equals(content.subject())
                        || !NatsSubjects.isLiteral(scheduler);
        if (odd) {
            throw ApiError.SCHEDULER.plain();
        }
        if (!allowed) {
            throw ApiError.NO_SCHEDULES.plain();
        }
        return new Part(message, null, scheduler);
    }

    /// Publishes messages, of which some are such. Any thread.
    ///
    /// @param messages each asks where it is placed in the stream
    /// @param parts those that are, in order
    /// @param ended subjects on which there may be a schedule, and nothing else
    /// @param answer what who published them gets
    public Elsewhere admit(
            StreamTopic stream,
            List<Publication> messages,
            List<Part> parts,
            Set<String> ended,
            Whole answer) {
        return elsewhere(
                () ->
                        InTurn.each(ended, subject -> checkEnded(stream, subject))
                                .thenCompose(_ -> store(stream, messages, parts)),
                answer);
    }

    private static Schedule checked(
            StreamTopic stream, Map<String, String> headers, String subject) {
        Schedule schedule = Objects.requireNonNull(Schedule.of(headers));
        if (!schedule.timeToLive().isEmpty() && !stream.config().flag("allow_msg_ttl")) {
            throw ApiError.NO_TIME_TO_LIVE.plain();
        }
        schedule.check(stream.config(), subject);
        if (!headers.getOrDefault(ROLLUP, "sub").equals("sub")) {
            throw ApiError.SCHEDULE_ROLLUP.plain();
        }
        return schedule;
    }

    /// One schedule a subject: as nats-server, it says so.
    private static Publication withRollup(Publication message, NatsContent content) {
        ByteBuffer bytes =
                NatsContent.of(
                        content.subject(),
                        content.reply(),
                        Replies.headers(content, ROLLUP + ": sub"),
                        content.payload());
        Content stored = new Content(NatsMapping.ENCODING, message.content().envelope(), bytes);
        return new Publication(
                message.address(),
                stored,
                message.expectation(),
                message.asks(),
                message.replaces());
    }

    private Elsewhere elsewhere(Supplier<CompletionStage<Outcomes>> stores, Whole answer) {
        return new Elsewhere(() -> {
            CompletableFuture<@Nullable String> told = new CompletableFuture<>();
            home.execute(() ->
                    stores.get()
                            .whenComplete((outcomes, failed) ->
                                    told.complete(answer.answer(outcomes, failed))));
            return told;
        });
    }

    private CompletionStage<@Nullable Void> checkEnded(StreamTopic stream, String subject) {
        return lookup.last(stream, subject)
                .thenApply(last -> {
                    if (last != null && !headers(last.message()).containsKey(Schedule.PATTERN)) {
                        throw ApiError.SCHEDULER.plain();
                    }
                    return null;
                });
    }

    /// Stores messages, and when it is time, as one.
    private CompletionStage<Outcomes> store(
            StreamTopic stream, List<Publication> messages, List<Part> parts) {
        TopicName topic = new TopicName(stream.name().namespace(), TICKS);
        List<Publication> all = new ArrayList<>(messages);
        for (Part part : parts) {
            Tick tick = tick(stream.config().name(), part);
            if (tick == null) {
                return CompletableFuture.failedFuture(ApiError.SCHEDULE_PATTERN.plain());
            }
            all.add(publication(topic, tick));
        }
        return make(topic)
                .thenCompose(_ -> session.transact(new Transaction(all, List.of(), true)));
    }

    /// Null where it is never time.
    private @Nullable Tick tick(String stream, Part part) {
        Schedule schedule = part.schedule;
        if (schedule == null) {
            return new Tick(stream, part.ends, 0, 0);
        }
        long dueMs = schedule.times().after(wallMs.getAsLong());
        String subject = NatsContent.wrap(part.message.content().bytes()).subject();
        return dueMs < 0 ? null : new Tick(stream, subject, dueMs, Tick.STAYS);
    }

    private CompletionStage<?> make(TopicName topic) {
        if (session.definitions().topic(topic) != null) {
            return CompletableFuture.completedFuture(null);
        }
        return session.declareTopic(TopicSpec.timers(topic));
    }

    private Publication publication(TopicName topic, Tick tick) {
        long waitMs = Math.max(0, tick.dueMs - wallMs.getAsLong());
        return new Publication(
                new Address.Direct(topic, 0, tick.key()),
                new Content(NatsMapping.ENCODING, new Envelope(0, waitMs, -1, null), tick.bytes()));
    }

    private static Map<String, String> headers(NatsContent message) {
        return NatsHeaders.read(message.headers()).firstValues();
    }

    /// The ticks of a namespace.
    private final class Ticks {
        private final TopicName topic;
        private final Reader reader;

        /// Those that something is being done about.
        private final Set<Long> pending = new HashSet<>();

        Ticks(String namespace) {
            topic = new TopicName(namespace, TICKS);
            reader = session.reader(topic, 0);
            reader.whenLastIsOver((_, offset) -> over(offset));
        }

        private void over(long offset) {
            if (!pending.add(offset)) {
                return;
            }
            reader.read(offset, 1)
                    .thenCompose(read -> {
                        List<Reader.Entry> there = read.records();
                        boolean none = there.isEmpty() || there.getFirst().offset() != offset;
                        return none
                                ? CompletableFuture.completedFuture(null)
                                : due(
                                        Tick.read(
                                                NatsContent.wrap(
                                                        there.getFirst().content().bytes())),
                                        offset);
                    })
                    .whenComplete((_, failed) -> {
                        pending.remove(offset);
                        if (failed != null) {
                            // Replaced meanwhile, or else it is told of again.
                            log.debug("tick {} of {}", offset, topic, failed);
                        }
                    });
        }

        private CompletionStage<@Nullable Void> due(Tick tick, long offset) {
            StreamTopic stream;
            try {
                stream = streams.find(new TopicName(topic.namespace(), tick.stream));
            } catch (ApiException none) {
                return drop(offset);
            }
            return lookup.last(stream, tick.subject)
                    .thenCompose(last -> {
                        Schedule schedule = last == null ? null : schedule(last);
                        if (last == null || schedule == null) {
                            return drop(offset);
                        }
                        return tick.gone == Tick.STAYS
                                ? fire(stream, schedule, last, tick, offset)
                                : end(stream, last, tick, offset);
                    });
        }

        private static @Nullable Schedule schedule(Found message) {
            try {
                return Schedule.of(headers(message.message()));
            } catch (ApiException nonsense) {
                return null;
            }
        }

        private CompletionStage<@Nullable Void> drop(long offset) {
            return session.remove(topic, 0, List.of(offset)).thenApply(_ -> null);
        }

        /// A schedule goes.
        private CompletionStage<@Nullable Void> end(
                StreamTopic stream, Found last, Tick tick, long offset) {
            boolean meant = tick.gone == 0 || tick.gone == last.offset() + 1;
            return meant
                    ? session.remove(stream.topicName(), 0, List.of(last.offset()))
                            .thenCompose(_ -> drop(offset))
                    : drop(offset);
        }

        /// Publishes what it is time for, and the next tick, unless there is another by now.
        private CompletionStage<@Nullable Void> fire(
                StreamTopic stream, Schedule schedule, Found last, Tick tick, long offset) {
            long nextMs = schedule.times().again(tick.dueMs, wallMs.getAsLong());
            Tick next =
                    nextMs < 0
                            ? new Tick(tick.stream, tick.subject, 0, last.offset() + 1)
                            : new Tick(tick.stream, tick.subject, nextMs, Tick.STAYS);
            Publication ticks = publication(topic, next);
            Publication follows =
                    new Publication(
                            ticks.address(),
                            ticks.content(),
                            new Expectation(Scope.KEY, offset).in(topic));
            return content(stream, schedule, last)
                    .thenCompose(content ->
                            session.transact(
                                    new Transaction(
                                            List.of(
                                                    message(
                                                            stream, schedule, tick, nextMs,
                                                            content),
                                                    follows),
                                            List.of())))
                    .thenApply(_ -> null);
        }
    }

    /// What a schedule publishes: its source's newest message, or its own.
    private CompletionStage<NatsContent> content(
            StreamTopic stream, Schedule schedule, Found last) {
        NatsContent own = last.message();
        return schedule.source().isEmpty()
                ? CompletableFuture.completedFuture(own)
                : lookup.last(stream, schedule.source())
                        .thenApply(found -> found == null ? own : found.message());
    }

    private static Publication message(
            StreamTopic stream, Schedule schedule, Tick tick, long nextMs, NatsContent content) {
        NatsHeaders headers = new NatsHeaders();
        for (NatsHeaders.Field field : NatsHeaders.read(content.headers()).fields()) {
            String name = field.name();
            if (LEFT_OUT.stream().noneMatch(name::startsWith) && !ALSO_LEFT_OUT.contains(name)) {
                headers.add(name, field.value());
            }
        }
        headers.add(SCHEDULER, tick.subject);
        headers.add(NEXT, nextMs < 0 ? PURGE : Json.time(nextMs));
        if (!schedule.timeToLive().isEmpty()) {
            headers.add(TimeToLive.HEADER, schedule.timeToLive());
        }
        if (schedule.replaces()) {
            headers.add(ROLLUP, "sub");
        }
        byte[] block = headers.block();
        return new Publication(
                        new Address.Direct(
                                stream.topicName(), 0, NatsSubjects.neutral(schedule.target())),
                        new Content(
                                NatsMapping.ENCODING,
                                NatsMapping.envelope(block),
                                NatsContent.of(schedule.target(), "", block, content.payload())))
                .replacing(schedule.replaces() ? Replaces.KEY : Replaces.NOTHING);
    }
}
