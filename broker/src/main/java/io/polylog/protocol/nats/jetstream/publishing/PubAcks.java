package io.polylog.protocol.nats.jetstream.publishing;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.TransactionException;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.NatsService.Admission;
import io.polylog.protocol.nats.NatsService.Keeper;
import io.polylog.protocol.nats.NatsService.Whole;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.publishing.Premises.Premise;
import io.polylog.protocol.nats.jetstream.streams.ForeignStreams;
import io.polylog.protocol.nats.jetstream.streams.SourceConfig;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.SubjectTransform;
import io.polylog.protocol.nats.jetstream.streams.TimeToLive;
import io.polylog.protocol.nats.jetstream.timed.Schedules;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Admits what is published into a stream, and answers. Immutable; any thread.
///
/// @param transform what becomes of subjects, or null
/// @param begin of an answer, up to the sequence: most messages get one
public record PubAcks(
        StreamTopic stream, Tools tools, @Nullable SubjectTransform transform, String begin)
        implements Keeper {
    private static final int MOST_HEADER_BYTES = 65_535;
    private static final String ROLLUP = "Nats-Rollup";
    private static final String EXPECTED = "Nats-Expected-";
    private static final String LAST = "Nats-Expected-Last-Sequence";
    private static final String LAST_OF_SUBJECT = "Nats-Expected-Last-Subject-Sequence";
    private static final String LAST_ID = "Nats-Expected-Last-Msg-Id";
    private static final String OTHER_SUBJECT = LAST_OF_SUBJECT + "-Subject";

    /// What messages go through that are not stored as they come.
    ///
    /// @param batches where messages wait that are to be stored together
    /// @param counters that messages are added to
    /// @param schedules by which messages publish others
    /// @param premises that messages have
    public record Tools(
            Batches batches, Counters counters, Schedules schedules, Premises premises) {}

    private static ApiException unsupported(String header) {
        return ApiError.STORE_FAILED.of(header + " is not supported");
    }

    public PubAcks(StreamTopic stream, Tools tools, Supplier<String> uniqueNames) {
        this(stream, tools, stream.config().transform(uniqueNames), begin(stream.config().name()));
    }

    @Override
    public TopicName topic() {
        return stream.topicName();
    }

    @Override
    public Admission admit(Publication publication) {
        NatsContent message = NatsContent.wrap(publication.content().bytes());
        if (stream.config().mirror() != null) {
            return new Admission.Answered(null);
        }
        try {
            checkSize(message);
            Map<String, String> headers = headers(message);
            String batch = headers.getOrDefault(Batches.ID, "");
            return batch.isEmpty()
                    ? alone(publication, message, headers)
                    : ofBatch(batch, headers, publication);
        } catch (ApiException refused) {
            return answered(failure(refused));
        }
    }

    private Admission alone(
            Publication publication, NatsContent message, Map<String, String> headers) {
        Publication one = checked(publication, message, headers);
        Premise premise = premise(headers, NatsContent.wrap(one.content().bytes()).subject());
        if (Schedules.areMeant(headers)) {
            if (premise != null) {
                throw unsupported("what a schedule expects");
            }
            Schedules.Part part = Schedules.part(stream, one.asking(topic()), headers);
            Set<String> ended = part.ends().isEmpty() ? Set.of() : Set.of(part.ends());
            return tools.schedules.admit(
                    stream, List.of(part.message()), List.of(part), ended, this::answer);
        }
        if (isCounter()) {
            return counted(List.of(one), "");
        }
        return premise == null
                ? new Admission.Publish(one, hasCopy(message) ? publication : null)
                : tools.premises.admit(stream, one.asking(topic()), premise, told());
    }

    private Premises.Told told() {
        return new Premises.Told() {
            @Override
            public @Nullable String decided(Outcomes outcomes) {
                return answer(
                        outcomes.at(0),
                        outcomes.placed(0),
                        outcomes.conflict(0),
                        outcomes.limit(0),
                        outcomes.problem(0));
            }

            @Override
            public @Nullable String refused(ApiException why) {
                return stream.config().flag("no_ack") ? null : failure(why);
            }
        };
    }

    private Admission ofBatch(String batch, Map<String, String> headers, Publication publication) {
        List<Publication> whole = tools.batches.take(stream, batch, headers, publication);
        if (whole == null) {
            return answered("");
        }
        List<Schedules.Part> parts = new ArrayList<>();
        Set<String> ended = new HashSet<>();
        List<Publication> all = together(whole, parts, ended);
        if (isCounter()) {
            return counted(all, batch);
        }
        List<Publication> sent = new ArrayList<>(all);
        whole.stream()
                .filter(each -> hasCopy(NatsContent.wrap(each.content().bytes())))
                .forEach(sent::add);
        Whole answer = (outcomes, failed) -> answer(batch, all.size(), outcomes, failed);
        return parts.isEmpty()
                ? new Admission.Together(sent, answer)
                : tools.schedules.admit(stream, sent, parts, ended, answer);
    }

    /// Whether others get a message on the subject it is published on, beside the stream.
    private boolean hasCopy(NatsContent message) {
        return transform != null && !message.subject().equals(topic().name());
    }

    /// A message as the stream keeps it, which may be on another subject.
    private Publication kept(Publication publication, NatsContent message) {
        if (transform == null) {
            return publication;
        }
        String came = message.subject();
        String subject = transform.fits(came) ? transform.apply(came) : came;
        return new Publication(
                new Address.Direct(topic(), 0, NatsSubjects.neutral(subject)),
                new Content(
                        publication.content().encoding(),
                        publication.content().envelope(),
                        NatsContent.of(
                                subject, message.reply(), message.headers(), message.payload())));
    }

    private Admission answered(String payload) {
        return new Admission.Answered(stream.config().flag("no_ack") ? null : payload);
    }

    private void checkSize(NatsContent message) {
        if (stream.config().isSealed()) {
            throw ApiError.SEALED.plain();
        }
        long most = stream.config().number("max_msg_size");
        int headers = message.headersLength();
        if (most > 0 && (long) headers + message.payload().remaining() > most) {
            throw ApiError.MESSAGE_TOO_LARGE.plain();
        }
        if (headers > MOST_HEADER_BYTES) {
            throw ApiError.HEADERS_TOO_LARGE.plain();
        }
    }

    private static Map<String, String> headers(NatsContent message) {
        return message.headersLength() == 0
                ? Map.of()
                : NatsHeaders.read(message.headers()).firstValues();
    }

    /// A message with what its headers ask for.
    private Publication checked(
            Publication publication, NatsContent message, Map<String, String> headers) {
        checkIncrement(message, headers);
        if (headers.containsKey(SourceConfig.HEADER)) {
            throw ApiError.SOURCE_HEADER.plain();
        }
        Publication kept = kept(publication, message);
        if (headers.isEmpty() && !message.hasReply()) {
            return kept;
        }
        Replaces replaces = replaces(headers.get(ROLLUP));
        boolean asks = message.hasReply() || replaces != Replaces.NOTHING;
        return new Publication(
                kept.address(),
                lasting(kept.content(), headers.get(TimeToLive.HEADER)),
                expectation(headers),
                asks ? topic() : null,
                replaces);
    }

    // Counters -----------------------------------------------------------------------------------

    private boolean isCounter() {
        return stream.config().flag("allow_msg_counter");
    }

    private void checkIncrement(NatsContent message, Map<String, String> headers) {
        String increment = headers.getOrDefault(Total.INCREMENT, "");
        if (increment.isEmpty()) {
            if (isCounter()) {
                throw ApiError.NO_INCREMENT.plain();
            }
            return;
        }
        Total.increment(increment);
        if (!isCounter()) {
            throw ApiError.NO_COUNTERS.plain();
        }
        if (message.payload().hasRemaining()) {
            throw ApiError.COUNTER_PAYLOAD.plain();
        }
        boolean more =
                headers.containsKey(ROLLUP)
                        || headers.keySet().stream().anyMatch(h -> h.startsWith(EXPECTED));
        if (more) {
            throw ApiError.INVALID_INCREMENT.plain();
        }
    }

    /// @param batch the id of the batch that the messages are, or "" for one message
    private Admission counted(List<Publication> messages, String batch) {
        boolean silent = stream.config().flag("no_ack");
        Counters.Told told =
                new Counters.Told() {
                    @Override
                    public @Nullable String stored(Placed last, @Nullable BigInteger value) {
                        String more =
                                !batch.isEmpty()
                                        ? of(batch, messages.size())
                                        : value == null
                                                ? ",\"duplicate\":true"
                                                : ",\"val\":\"" + value + "\"";
                        return silent ? null : begin + (last.offset() + 1) + more + "}";
                    }

                    @Override
                    public @Nullable String refused(Throwable why) {
                        return silent ? null : failure(refusal(why));
                    }
                };
        return new Admission.Elsewhere(() -> tools.counters.add(stream, messages, told));
    }

    // Batches ------------------------------------------------------------------------------------

    /// The messages of a batch, each with what must hold before the batch.
    ///
    /// @param parts gets those that are about schedules
    /// @param ended gets subjects on which there may be a schedule, and nothing else
    private List<Publication> together(
            List<Publication> batch, List<Schedules.Part> parts, Set<String> ended) {
        List<Publication> all = new ArrayList<>(batch.size());
        Map<String, Boolean> written = new HashMap<>();
        for (Publication each : batch) {
            NatsContent message = NatsContent.wrap(each.content().bytes());
            Map<String, String> headers = headers(message);
            if (headers.containsKey(LAST_ID)) {
                throw ApiError.BATCH_HEADER.of(LAST_ID);
            }
            Publication checked = checked(each, message, headers);
            String subject = NatsContent.wrap(checked.content().bytes()).subject();
            if (premise(headers, subject) != null) {
                throw unsupported("what a message of a batch expects");
            }
            boolean late =
                    (headers.containsKey(LAST) && !all.isEmpty())
                            || (headers.containsKey(LAST_OF_SUBJECT)
                                    && written.containsKey(
                                            headers.getOrDefault(OTHER_SUBJECT, subject)));
            if (late) {
                throw ApiError.WRONG_SEQUENCE_INSIDE.plain();
            }
            boolean schedule = false;
            if (Schedules.areMeant(headers)) {
                Schedules.Part part = Schedules.part(stream, checked, headers);
                parts.add(part);
                checked = part.message();
                schedule = part.schedule() != null;
                checkEnded(part.ends(), written, ended);
            }
            checkReplaces(checked.replaces(), subject, written);
            written.put(subject, schedule);
            all.add(onlyOnce(checked, headers).asking(topic()));
        }
        return all;
    }

    /// A message of a batch ends a schedule, which may be of the batch too.
    ///
    /// @param written by the batch so far: subjects, and whether the newest there is a schedule
    /// @param ended gets its subject where it is not
    private static void checkEnded(
            String subject, Map<String, Boolean> written, Set<String> ended) {
        Boolean here = written.get(subject);
        if (here != null && !here) {
            throw ApiError.SCHEDULER.plain();
        }
        if (here == null && !subject.isEmpty()) {
            ended.add(subject);
        }
    }

    /// What takes the place of others comes before others of its batch.
    private static void checkReplaces(
            Replaces replaces, String subject, Map<String, Boolean> written) {
        if (replaces == Replaces.KEY && written.containsKey(subject)) {
            throw ApiError.ROLLUP_REFUSED.of("batch rollup sub invalid");
        }
        if (replaces == Replaces.STREAM && !written.isEmpty()) {
            throw ApiError.ROLLUP_REFUSED.of("batch rollup all invalid");
        }
    }

    /// A message that may not repeat one that is stored, if it has an id.
    private Publication onlyOnce(Publication message, Map<String, String> headers) {
        return message.expectation() == null && headers.containsKey("Nats-Msg-Id")
                ? message.expecting(new Expectation(Scope.ANY, -1).in(topic()))
                : message;
    }

    private @Nullable String answer(
            String batch, int count, @Nullable Outcomes outcomes, @Nullable Throwable failed) {
        if (stream.config().flag("no_ack")) {
            return null;
        }
        if (outcomes == null) {
            return failure(refusal(BrokerException.reason(Objects.requireNonNull(failed))));
        }
        Placed last = outcomes.placed(count - 1);
        return last == null ? null : begin + (last.offset() + 1) + of(batch, count) + "}";
    }

    private static String of(String batch, int count) {
        return ",\"batch\":%s,\"count\":%d".formatted(Json.write(batch), count);
    }

    private static ApiException refusal(Throwable failed) {
        if (failed instanceof TransactionException barred) {
            Conflict conflict = barred.conflict();
            return switch (barred.why()) {
                case CONFLICT -> wrongSequence(conflict);
                case DUPLICATE -> ApiError.BATCH_DUPLICATE.plain();
                case FULL -> ApiError.STORE_FAILED.of(reached(barred.limit()));
            };
        }
        return switch (failed) {
            case ApiException refused -> refused;
            case BrokerException refused -> ApiException.of(refused);
            default -> ApiError.GENERAL.of("internal error");
        };
    }

    private static ApiException wrongSequence(@Nullable Conflict conflict) {
        if (conflict != null && conflict.actual() == Conflict.UNTOLD) {
            return ApiError.STORE_FAILED.of("too many subjects begin as what is expected does");
        }
        long actual = conflict == null ? 0 : conflict.actual() + 1;
        return ApiError.WRONG_SEQUENCE.of(String.valueOf(actual));
    }

    // What headers ask for -----------------------------------------------------------------------

    /// What goes for a message.
    ///
    /// @param rollup the header that says it, or null
    private Replaces replaces(@Nullable String rollup) {
        if (rollup == null) {
            return Replaces.NOTHING;
        }
        if (!stream.config().flag("allow_rollup_hdrs")) {
            throw ApiError.ROLLUP_REFUSED.of("rollup not permitted");
        }
        return switch (rollup.toLowerCase(Locale.ROOT)) {
            case "sub" -> Replaces.KEY;
            case "all" -> Replaces.STREAM;
            default -> throw ApiError.ROLLUP_REFUSED.of("rollup value invalid: \"" + rollup + "\"");
        };
    }

    private @Nullable Expectation expectation(Map<String, String> headers) {
        String expected = headers.get("Nats-Expected-Stream");
        if (expected != null && !expected.equals(stream.config().name())) {
            throw ApiError.EXPECTED_STREAM.plain();
        }
        checkTimeToLive(headers.get(TimeToLive.HEADER));
        String last = headers.get(LAST);
        String lastOfSubject = headers.get(LAST_OF_SUBJECT);
        String subject = headers.getOrDefault(OTHER_SUBJECT, "");
        if (!subject.isEmpty() && lastOfSubject == null) {
            throw ApiError.NO_SUBJECT_SEQUENCE.plain();
        }
        if (last != null) {
            return new Expectation(Scope.STREAM, offset(last)).in(topic());
        }
        if (lastOfSubject == null) {
            return null;
        }
        long newest = offset(lastOfSubject);
        boolean one = subject.isEmpty() || NatsSubjects.isLiteral(subject);
        Expectation ofKey = new Expectation(Scope.KEY, newest).in(topic());
        return one
                ? subject.isEmpty() ? ofKey : ofKey.about(NatsSubjects.neutral(subject))
                : new Expectation(Scope.FITTING, newest, topic(), NatsSubjects.pattern(subject));
    }

    /// What a message expects that the core cannot tell as it stores it, or null.
    ///
    /// @param own the subject that it is kept on
    private @Nullable Premise premise(Map<String, String> headers, String own) {
        String lastId = headers.getOrDefault(LAST_ID, "");
        String lastOfSubject = headers.get(LAST_OF_SUBJECT);
        String subject = headers.getOrDefault(OTHER_SUBJECT, "");
        boolean wild = !subject.isEmpty() && !NatsSubjects.isLiteral(subject);
        boolean several = !lastId.isEmpty() || headers.containsKey(LAST);
        boolean looks = lastOfSubject != null && (several || (wild && !isTold(subject)));
        if (lastId.isEmpty() && !looks) {
            return null;
        }
        Expectation said = expectation(headers);
        return new Premise(
                lastId,
                looks ? subject.isEmpty() ? own : subject : "",
                looks ? offset(String.valueOf(lastOfSubject)) : -1,
                said != null && said.of() == Scope.STREAM ? said : null);
    }

    /// Whether the stream's index knows the newest message of the subjects that fit a pattern.
    private boolean isTold(String pattern) {
        return stream.isIndexed() && !NatsSubjects.isTooWide(pattern);
    }

    /// To a topic of another protocol it is a field as others are, and holds as it does there.
    private void checkTimeToLive(@Nullable String said) {
        if (said == null || !stream.isMade()) {
            return;
        }
        if (!TimeToLive.isValid(said)) {
            throw ApiError.TIME_TO_LIVE_INVALID.plain();
        }
        if (!said.equals("0") && !stream.config().flag("allow_msg_ttl")) {
            throw ApiError.NO_TIME_TO_LIVE.plain();
        }
    }

    /// What is stored of a message: where marks stand for what has ended it stays as long as they
    /// do, so that it is not missed that it came between two.
    private Content lasting(Content content, @Nullable String timeToLive) {
        long leastNs = stream.config().number(StreamConfig.MARKER_TTL);
        boolean alone = stream.config().number("max_msgs_per_subject") == 1;
        return timeToLive == null || leastNs == 0 || alone
                ? content
                : TimeToLive.atLeast(content, timeToLive, leastNs);
    }

    /// The offset of a sequence, or -1 for 0.
    private static long offset(String sequence) {
        try {
            long number = Long.parseLong(sequence);
            if (number >= 0) {
                return number - 1;
            }
        } catch (NumberFormatException none) {
            // as below
        }
        throw ApiError.BAD_REQUEST.plain();
    }

    // Answers ------------------------------------------------------------------------------------

    /// The answer to who published one that was stored with others.
    private @Nullable String answer(@Nullable Outcomes outcomes, @Nullable Throwable failed) {
        if (stream.config().flag("no_ack")) {
            return null;
        }
        if (outcomes == null) {
            return failure(refusal(BrokerException.reason(Objects.requireNonNull(failed))));
        }
        Placed placed = outcomes.placed(0);
        return placed == null ? null : stored(placed);
    }

    @Override
    public @Nullable String answer(
            Outcome outcome,
            @Nullable Placed placed,
            @Nullable Conflict conflict,
            @Nullable Limit limit,
            @Nullable String problem) {
        if (stream.config().flag("no_ack")) {
            return null;
        }
        return switch (outcome) {
            case STORED -> placed == null ? null : stored(placed);
            case CONFLICT -> failure(wrongSequence(conflict));
            case UNROUTABLE, NOT_FOUND, DENIED -> null;
            case TOO_LARGE -> failure(ApiError.MESSAGE_TOO_LARGE.plain());
            case DISK_FULL -> failure(ApiError.DISK_FULL.plain());
            case UNFIT -> failure(ApiError.STORE_FAILED.of("what is expected cannot be told"));
            case MALFORMED ->
                    failure(ApiError.STORE_FAILED.of("the body does not fit: " + problem));
            case REJECTED -> failure(ApiError.STORE_FAILED.of(reached(limit)));
            case BUSY, CLOSED -> failure(ApiError.STORE_FULL.plain());
        };
    }

    private static String reached(@Nullable Limit limit) {
        return switch (limit) {
            case COUNT -> "maximum messages exceeded";
            case BYTES -> "maximum bytes exceeded";
            case SUBJECT -> "maximum messages per subject exceeded";
            case KEYS -> "maximum subjects exceeded";
            case null -> "refused";
        };
    }

    private String stored(Placed placed) {
        return begin(placed.partition())
                + (placed.offset() + 1)
                + (placed.duplicate() ? ",\"duplicate\":true}" : "}");
    }

    private String begin(int partition) {
        return partition == stream.partition()
                ? begin
                : begin(ForeignStreams.name(stream.topic(), partition));
    }

    private static String begin(String name) {
        return "{\"stream\":" + Json.write(name) + ",\"seq\":";
    }

    private String failure(ApiException refused) {
        ObjectNode told = Json.object();
        told.set("error", Json.node(refused.fields()));
        told.put("stream", stream.config().name()).put("seq", 0);
        return Json.write(told);
    }
}
