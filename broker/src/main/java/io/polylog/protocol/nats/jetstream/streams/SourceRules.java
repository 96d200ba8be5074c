package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What nats-server wants of the streams that a stream is filled from, of what becomes of subjects,
/// and of what is published anew. Stateless; any thread.
public final class SourceRules {
    private static final String REST = ">";

    private SourceRules() {}

    /// Which errors tell what is wrong, with a mirror or with sources.
    private record Words(
            ApiError name,
            ApiError filterAndTransforms,
            ApiError transformSource,
            ApiError transform,
            ApiError overlap) {
        private static final Words MIRROR =
                new Words(
                        ApiError.MIRROR_NAME,
                        ApiError.MIRROR_FILTERS,
                        ApiError.MIRROR_FILTER,
                        ApiError.MIRROR_TRANSFORM,
                        ApiError.MIRROR_OVERLAP);
        private static final Words SOURCE =
                new Words(
                        ApiError.SOURCE_NAME,
                        ApiError.SOURCE_FILTERS,
                        ApiError.SOURCE_FILTER,
                        ApiError.SOURCE_TRANSFORM,
                        ApiError.SOURCE_OVERLAP);
    }

    /// Brings what was asked for into the form in which it is kept.
    static void complete(ObjectNode members) {
        if (members.path("mirror") instanceof ObjectNode mirror) {
            members.set("mirror", SourceConfig.asked(mirror).members());
        }
        JsonNode sources = members.path("sources");
        if (sources.isEmpty()) {
            members.remove("sources");
        } else {
            ArrayNode all = members.putArray("sources");
            sources.forEach(each -> all.add(SourceConfig.asked(each).members()));
        }
        for (String member : List.of("subject_transform", "republish")) {
            if (members.path(member).isEmpty()) {
                members.remove(member);
            }
        }
        if (members.path("republish") instanceof ObjectNode republish
                && republish.path("src").asString("").isEmpty()) {
            republish.put("src", REST);
        }
    }

    static void check(StreamConfig config) {
        SourceConfig mirror = config.mirror();
        if (mirror != null) {
            checkMirror(config, mirror);
        } else if (config.flag("mirror_direct")) {
            throw ApiError.CONFIG_REFUSED.of("stream has no mirror but does have mirror direct");
        }
        Set<String> known = new HashSet<>();
        for (SourceConfig source : config.sources()) {
            check(source, Words.SOURCE);
            if (!known.add(source.index())) {
                throw ApiError.SOURCE_TWICE.plain();
            }
        }
        checkTransform(config);
        checkRepublish(config);
    }

    private static void checkMirror(StreamConfig config, SourceConfig mirror) {
        if (config.number("first_seq") > 0) {
            throw ApiError.MIRROR_FIRST.plain();
        }
        if (!config.subjects().isEmpty()) {
            throw ApiError.MIRROR_SUBJECTS.plain();
        }
        if (!config.sources().isEmpty()) {
            throw ApiError.MIRROR_SOURCES.plain();
        }
        if (config.flag("allow_msg_counter")) {
            throw ApiError.MIRROR_COUNTERS.plain();
        }
        if (config.flag("allow_atomic")) {
            throw ApiError.MIRROR_BATCHES.plain();
        }
        if (config.number("subject_delete_marker_ttl") > 0) {
            throw ApiError.CONFIG_REFUSED.of("subject delete markers forbidden on mirrors");
        }
        check(mirror, Words.MIRROR);
    }

    private static void check(SourceConfig source, Words words) {
        if (!StreamConfig.isName(source.name())) {
            throw words.name.plain();
        }
        if (source.hasBothStarts()) {
            throw ApiError.MIRROR_STARTS.plain();
        }
        JsonNode transforms = source.members().path("subject_transforms");
        if (!source.filter().isEmpty() && !transforms.isEmpty()) {
            throw words.filterAndTransforms.plain();
        }
        Set<String> before = new HashSet<>();
        for (JsonNode each : transforms) {
            String from = each.path("src").asString("");
            check(each, words.transformSource, words.transform);
            String pattern = from.isEmpty() ? REST : from;
            if (before.stream().anyMatch(other -> Overlap.of(other, pattern))) {
                throw words.overlap.plain();
            }
            before.add(pattern);
        }
    }

    /// @param source the error of its source
    /// @param destination the error of its destination
    private static void check(JsonNode transform, ApiError source, ApiError destination) {
        String from = transform.path("src").asString("");
        if (!from.isEmpty() && !NatsSubjects.isPattern(from)) {
            throw source.of("invalid subject " + from);
        }
        try {
            SubjectTransform.of(from, transform.path("dest").asString(""), () -> "");
        } catch (IllegalArgumentException wrong) {
            throw destination.of(String.valueOf(wrong.getMessage()));
        }
    }

    private static void checkTransform(StreamConfig config) {
        JsonNode transform = config.members().path("subject_transform");
        if (!transform.isEmpty()) {
            check(transform, ApiError.TRANSFORM_SOURCE, ApiError.TRANSFORM);
        }
    }

    private static void checkRepublish(StreamConfig config) {
        JsonNode republish = config.members().path("republish");
        if (republish.isEmpty()) {
            return;
        }
        String from = republish.path("src").asString("");
        String to = republish.path("dest").asString("");
        for (String subject : config.subjects()) {
            if (Overlap.of(to, subject)) {
                throw ApiError.CONFIG_REFUSED.of(
                        "stream configuration for republish destination forms a cycle");
            }
        }
        try {
            SubjectTransform.of(from, to, () -> "");
        } catch (IllegalArgumentException wrong) {
            throw ApiError.CONFIG_REFUSED.of(
                    "stream configuration for republish with transform from '%s' to '%s' not valid"
                            .formatted(from, to));
        }
    }

    /// Refuses a stream that would be filled with what it holds itself.
    public static void checkCycle(String namespace, StreamConfig config, Streams streams) {
        visit(namespace, config, config, streams, new HashSet<>());
    }

    private static void visit(
            String namespace,
            StreamConfig first,
            StreamConfig now,
            Streams streams,
            Set<String> visited) {
        if (!visited.add(now.name())) {
            return;
        }
        for (SourceConfig source : now.feeds()) {
            boolean own = source.name().equals(first.name());
            String filter = source.filter();
            boolean takes =
                    filter.isEmpty()
                            || first.subjects().stream()
                                    .anyMatch(subject -> Overlap.of(subject, filter));
            if (own && takes) {
                throw ApiError.CONFIG_REFUSED.of("detected cycle");
            }
            @Nullable StreamTopic of = streams.there(new TopicName(namespace, source.name()));
            if (of != null) {
                visit(namespace, first, of.config(), streams, visited);
            }
        }
    }
}
