package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Another stream that a stream is filled from (nats-server's `StreamSource`). Immutable; any
/// thread.
///
/// @param members the JSON object, without what says nothing
public record SourceConfig(ObjectNode members) {
    /// The header of a message that came from another stream, which says from where.
    public static final String HEADER = "Nats-Stream-Source";

    private static final String REST = ">";

    static final Shape TRANSFORM = Shape.of("SubjectTransformConfig", "src text", "dest text");

    private static final Shape SHAPE =
            Shape.of(
                            "StreamSource",
                            "name text",
                            "opt_start_seq count",
                            "opt_start_time text",
                            "filter_subject text",
                            "subject_transforms list",
                            "external object",
                            "consumer object")
                    .with(
                            Map.of(
                                    "subject_transforms",
                                    TRANSFORM,
                                    "external",
                                    Shape.of("ExternalStream", "api text", "deliver text")));

    /// Reads one as a client asks for it.
    ///
    /// @throws ApiException where it is more than there is
    static SourceConfig asked(JsonNode came) {
        if (!(came instanceof ObjectNode object)) {
            throw ApiError.INVALID_JSON.of("json: cannot unmarshal into Go value of a source");
        }
        ObjectNode members = SHAPE.read(object);
        for (String other : List.of("external", "consumer")) {
            if (!members.path(other).isEmpty()) {
                throw ApiError.CONFIG_REFUSED.of(other + " of a source is not supported");
            }
            members.remove(other);
        }
        for (String optional :
                List.of(
                        "opt_start_seq",
                        "opt_start_time",
                        "filter_subject",
                        "subject_transforms")) {
            JsonNode value = members.path(optional);
            boolean empty = value.isNumber() ? value.asLong(0) == 0 : isEmpty(value);
            if (empty || value.asString("").equals(Json.NO_TIME)) {
                members.remove(optional);
            }
        }
        return new SourceConfig(members);
    }

    private static boolean isEmpty(JsonNode value) {
        return value.isString() ? value.asString("").isEmpty() : value.isEmpty();
    }

    public String name() {
        return members.path("name").asString("");
    }

    String filter() {
        return members.path("filter_subject").asString("");
    }

    boolean hasStart() {
        return members.has("opt_start_seq") || members.has("opt_start_time");
    }

    boolean hasBothStarts() {
        return members.has("opt_start_seq") && members.has("opt_start_time");
    }

    /// Where a stream that is filled for the first time begins.
    public Start start() {
        long sequence = members.path("opt_start_seq").asLong(0);
        if (sequence > 0) {
            return new Start.Offset(sequence - 1);
        }
        long ms = Json.ms(members.path("opt_start_time").asString(""));
        return ms < 0 ? Start.Edge.FIRST : new Start.Time(ms);
    }

    /// What becomes of subjects; without one they stay as they are.
    ///
    /// @throws IllegalArgumentException where one makes no sense
    public List<SubjectTransform> transforms(Supplier<String> unique) {
        List<SubjectTransform> all = new ArrayList<>();
        for (JsonNode each : members.path("subject_transforms")) {
            all.add(Objects.requireNonNull(SubjectTransform.of(each, unique)));
        }
        return all;
    }

    /// What a message's subject becomes, or null where the message is not wanted.
    ///
    /// @param transforms as [#transforms] gives them
    public @Nullable String subject(String subject, List<SubjectTransform> transforms) {
        if (transforms.isEmpty()) {
            boolean wanted = filter().isEmpty() || NatsSubjects.matches(filter(), subject);
            return wanted ? subject : null;
        }
        for (SubjectTransform transform : transforms) {
            if (transform.fits(subject)) {
                return transform.apply(subject);
            }
        }
        return null;
    }

    /// Tells it apart from others of the same stream: what it takes, and into what.
    public String index() {
        return name() + " " + all("src", filter()) + " " + all("dest", "");
    }

    private String all(String of, String otherwise) {
        JsonNode transforms = members.path("subject_transforms");
        if (transforms.isEmpty()) {
            return orRest(otherwise);
        }
        List<String> said = new ArrayList<>();
        transforms.forEach(each -> said.add(orRest(each.path(of).asString(""))));
        return said.stream().collect(Collectors.joining("\f"));
    }

    private static String orRest(String subject) {
        return subject.isEmpty() ? REST : subject;
    }

    /// What [#HEADER] says: the stream, the sequence there, what is taken of it, what that becomes,
    /// and the subject there, with spaces between.
    public String header(long sequence, String subject) {
        String[] of = index().split(" ", 3);
        return String.join(" ", of[0], String.valueOf(sequence), of[1], of[2], subject);
    }
}
