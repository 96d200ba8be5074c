package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Placed;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.NatsService.Admission;
import io.polylog.protocol.nats.NatsService.Keeper;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Admits what is published into a stream, and answers. Immutable; any thread.
///
/// @param begin of an answer, up to the sequence: most messages get one
record PubAcks(StreamTopic stream, String begin) implements Keeper {
    private static final int MOST_HEADER_BYTES = 65_535;
    private static final String ROLLUP = "Nats-Rollup";
    private static final String LAST = "Nats-Expected-Last-Sequence";
    private static final String LAST_OF_SUBJECT = "Nats-Expected-Last-Subject-Sequence";
    private static final String OTHER_SUBJECT = LAST_OF_SUBJECT + "-Subject";

    /// Headers of which the broker cannot do what they ask.
    private static final Map<String, ApiException> UNSUPPORTED =
            Map.of(
                    "Nats-Incr",
                    ApiError.NO_COUNTERS.plain(),
                    "Nats-Batch-Id",
                    ApiError.NO_BATCHES.plain(),
                    "Nats-Schedule",
                    ApiError.NO_SCHEDULES.plain(),
                    "Nats-Expected-Last-Msg-Id",
                    unsupported("Nats-Expected-Last-Msg-Id"));

    private static ApiException unsupported(String header) {
        return ApiError.STORE_FAILED.of(header + " is not supported");
    }

    PubAcks(StreamTopic stream) {
        this(stream, begin(stream.config().name()));
    }

    @Override
    public TopicName topic() {
        return stream.topicName();
    }

    @Override
    public Admission admit(byte[] headers, int payloadBytes) {
        try {
            checkSize(headers.length, payloadBytes);
            return headers.length == 0 ? Admission.FREE : admit(headers);
        } catch (ApiException refused) {
            return new Admission(null, Replaces.NOTHING, failure(refused));
        }
    }

    private void checkSize(int headerBytes, int payloadBytes) {
        if (stream.config().isSealed()) {
            throw ApiError.SEALED.plain();
        }
        long most = stream.config().number("max_msg_size");
        if (most > 0 && (long) headerBytes + payloadBytes > most) {
            throw ApiError.MESSAGE_TOO_LARGE.plain();
        }
        if (headerBytes > MOST_HEADER_BYTES) {
            throw ApiError.HEADERS_TOO_LARGE.plain();
        }
    }

    private Admission admit(byte[] headers) {
        Map<String, String> values = new HashMap<>();
        for (NatsHeaders.Field field : NatsHeaders.read(headers).fields()) {
            values.putIfAbsent(field.name(), field.value());
        }
        return new Admission(expectation(values), replaces(values.get(ROLLUP)), null);
    }

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
        for (Map.Entry<String, ApiException> each : UNSUPPORTED.entrySet()) {
            if (headers.containsKey(each.getKey())) {
                throw each.getValue();
            }
        }
        checkTimeToLive(headers.get("Nats-TTL"));
        String last = headers.get(LAST);
        String lastOfSubject = headers.get(LAST_OF_SUBJECT);
        String subject = headers.get(OTHER_SUBJECT);
        if (subject != null && lastOfSubject == null) {
            throw ApiError.NO_SUBJECT_SEQUENCE.plain();
        }
        if (subject != null && !NatsSubjects.isLiteral(subject)) {
            throw unsupported(OTHER_SUBJECT + " with wildcards");
        }
        if (last != null && lastOfSubject != null) {
            throw unsupported(LAST + " with " + LAST_OF_SUBJECT);
        }
        if (last != null) {
            return new Expectation(Scope.STREAM, offset(last)).in(topic());
        }
        if (lastOfSubject == null) {
            return null;
        }
        Expectation ofKey = new Expectation(Scope.KEY, offset(lastOfSubject)).in(topic());
        return subject == null ? ofKey : ofKey.about(NatsSubjects.neutral(subject));
    }

    private void checkTimeToLive(@Nullable String said) {
        if (said == null) {
            return;
        }
        if (!TimeToLive.isValid(said)) {
            throw ApiError.TIME_TO_LIVE_INVALID.plain();
        }
        if (!said.equals("0") && !stream.config().flag("allow_msg_ttl")) {
            throw ApiError.NO_TIME_TO_LIVE.plain();
        }
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

    @Override
    public @Nullable String answer(
            Outcome outcome,
            @Nullable Placed placed,
            @Nullable Conflict conflict,
            @Nullable Limit limit) {
        if (stream.config().flag("no_ack")) {
            return null;
        }
        return switch (outcome) {
            case STORED -> placed == null ? null : stored(placed);
            case CONFLICT ->
                    failure(
                            ApiError.WRONG_SEQUENCE.of(
                                    String.valueOf(conflict == null ? 0 : conflict.actual() + 1)));
            case UNROUTABLE, NOT_FOUND, DENIED -> null;
            case TOO_LARGE -> failure(ApiError.MESSAGE_TOO_LARGE.plain());
            case DISK_FULL -> failure(ApiError.DISK_FULL.plain());
            case UNFIT -> failure(ApiError.STORE_FAILED.of("what is expected cannot be told"));
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
