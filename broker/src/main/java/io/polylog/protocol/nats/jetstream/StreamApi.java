package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Binding;
import io.polylog.broker.Purge;
import io.polylog.broker.Session;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsProtocol;
import io.polylog.protocol.nats.jetstream.api.Advisories;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiRequest;
import io.polylog.protocol.nats.jetstream.api.InTurn;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Paging;
import io.polylog.protocol.nats.jetstream.api.Shape;
import io.polylog.protocol.nats.jetstream.consumers.ConsumerRecord;
import io.polylog.protocol.nats.jetstream.consumers.ConsumerRules;
import io.polylog.protocol.nats.jetstream.consumers.Consumers;
import io.polylog.protocol.nats.jetstream.consumers.Roster;
import io.polylog.protocol.nats.jetstream.feeds.Feeds;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.SourceConfig;
import io.polylog.protocol.nats.jetstream.streams.SourceRules;
import io.polylog.protocol.nats.jetstream.streams.StreamAccess;
import io.polylog.protocol.nats.jetstream.streams.StreamChanges;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.StreamState;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.Streams;
import io.polylog.security.Operation;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Answers requests about streams. On the home loop.
final class StreamApi {
    private static final int NAMES_A_PAGE = 1024;
    private static final int STREAMS_A_PAGE = 256;
    private static final int SUBJECTS_A_PAGE = 100_000;

    private static final Shape PAGE =
            Shape.of("JSApiStreamListRequest", "offset count", "subject text");
    private static final Shape INFO =
            Shape.of(
                    "JSApiStreamInfoRequest",
                    "offset count",
                    "deleted_details flag",
                    "subjects_filter text");
    private static final Shape PURGE =
            Shape.of("JSApiStreamPurgeRequest", "filter text", "seq count", "keep count");

    private final Session session;
    private final StreamChanges changes;
    private final Consumers consumers;
    private final Lookup lookup;
    private final Feeds feeds;
    private final Advisories advisories;
    private final Streams streams;
    private final StreamAccess access;

    StreamApi(
            Session session,
            StreamChanges changes,
            StreamAccess access,
            Consumers consumers,
            Lookup lookup,
            Feeds feeds,
            Advisories advisories) {
        this.session = session;
        this.changes = changes;
        this.consumers = consumers;
        this.lookup = lookup;
        this.feeds = feeds;
        this.advisories = advisories;
        this.access = access;
        streams = access.all();
    }

    // Making, changing, deleting -----------------------------------------------------------------

    CompletionStage<ObjectNode> create(ApiRequest request) {
        StreamConfig config = asked(request);
        config.checkFresh();
        TopicName name = new TopicName(request.namespace(), config.name());
        access.check(request, Operation.CONFIGURE, name);
        StreamTopic there = streams.there(name);
        if (there != null || streams.isTaken(name)) {
            if (there == null || !there.config().equals(config)) {
                throw ApiError.NAME_IN_USE.plain();
            }
            return created(there);
        }
        checkOverlap(name, config);
        return session.declareTopic(StreamTopic.spec(request.namespace(), config))
                .thenCompose(_ -> bind(bindings(name, config)))
                .thenRun(() -> advisories.streamCreated(name))
                .thenCompose(_ -> created(streams.find(name)));
    }

    /// The configuration that is asked for, by somebody who may read what it is filled from.
    private StreamConfig asked(ApiRequest request) {
        StreamConfig config = StreamConfig.asked(request.json(), request.token(2));
        SourceRules.checkCycle(request.namespace(), config, streams);
        for (SourceConfig source : config.feeds()) {
            access.check(
                    request, Operation.READ, new TopicName(request.namespace(), source.name()));
        }
        SourceConfig mirror = config.mirror();
        StreamTopic origin =
                mirror == null
                        ? null
                        : streams.there(new TopicName(request.namespace(), mirror.name()));
        return origin == null
                ? config
                : config.with("mirror_direct", origin.config().flag("allow_direct"));
    }

    private CompletionStage<ObjectNode> created(StreamTopic stream) {
        return info(stream, NatsProtocol.SERVER_VERSION)
                .thenApply(info -> info.put("did_create", true));
    }

    CompletionStage<ObjectNode> update(ApiRequest request) {
        StreamConfig config = asked(request).sealedOff();
        StreamTopic stream = find(request, Operation.CONFIGURE);
        stream.requireMade(ApiError.CONFIG_REFUSED);
        TopicName name = stream.name();
        return changes.change(
                        name,
                        before ->
                                consumers
                                        .of(before)
                                        .thenCompose(all -> update(before, all, config)))
                .thenRun(() -> advisories.streamUpdated(name))
                .thenCompose(_ -> info(streams.find(name), NatsProtocol.SERVER_VERSION));
    }

    private CompletionStage<@Nullable Void> update(
            StreamTopic before, Roster all, StreamConfig asked) {
        StreamConfig config = asked.begunAs(before.config());
        config.checkUpdate(before.config());
        if (StreamTopic.needsIndex(config) && !before.isIndexed()) {
            throw ApiError.CONFIG_REFUSED.of(
                    "max_msgs_per_subject and allow_rollup_hdrs are for life");
        }
        List<String> beyond =
                all.records().stream()
                        .filter(each -> !ConsumerRules.fits(each.config(), config))
                        .map(ConsumerRecord::name)
                        .toList();
        if (!beyond.isEmpty()) {
            throw ApiError.CONFIG_REFUSED.of(
                    "change to limits violates consumers: " + String.join(", ", beyond));
        }
        checkOverlap(before.name(), config);
        List<Binding> old = bindings(before.name(), before.config());
        List<Binding> fresh = bindings(before.name(), config);
        CompletionStage<@Nullable Void> done =
                session.alterTopic(
                                before.name(),
                                StreamTopic.retention(config),
                                before.policy(config),
                                before.arguments(config))
                        .thenCompose(_ -> bind(fresh));
        for (Binding gone : old) {
            if (!fresh.contains(gone)) {
                done = done.thenCompose(_ -> session.unbind(gone)).thenApply(_ -> null);
            }
        }
        return done;
    }

    private List<Binding> bindings(TopicName name, StreamConfig config) {
        return StreamTopic.bindings(name, config, session.definitions().subjectExchange());
    }

    private CompletionStage<@Nullable Void> bind(List<Binding> all) {
        CompletionStage<@Nullable Void> done = CompletableFuture.completedFuture(null);
        for (Binding each : all) {
            done = done.thenCompose(_ -> session.bind(each)).thenApply(_ -> null);
        }
        return done;
    }

    private void checkOverlap(TopicName name, StreamConfig config) {
        for (String subject : config.subjects()) {
            for (StreamTopic other : streams.made(name.namespace(), subject)) {
                if (!other.name().equals(name)) {
                    throw ApiError.SUBJECTS_OVERLAP.plain();
                }
            }
        }
    }

    CompletionStage<ObjectNode> delete(ApiRequest request) {
        request.checkEmpty();
        StreamTopic stream = find(request, Operation.CONFIGURE);
        stream.requireMade(ApiError.STREAM_DELETE_REFUSED);
        return session.deleteTopic(stream.name(), false, false)
                .thenApply(_ -> {
                    advisories.streamDeleted(stream.name());
                    return Json.object().put("success", true);
                });
    }

    CompletionStage<ObjectNode> purge(ApiRequest request) {
        StreamTopic stream = find(request, Operation.CONFIGURE);
        ObjectNode asked = PURGE.read(request.jsonOrNothing());
        long below = asked.path("seq").asLong(0);
        long keep = asked.path("keep").asLong(0);
        if (below > 0 && keep > 0) {
            throw ApiError.BAD_REQUEST.plain();
        }
        stream.requireMade(ApiError.PURGE_REFUSED);
        if (stream.config().isSealed()) {
            throw ApiError.SEALED.plain();
        }
        if (stream.config().flag("deny_purge")) {
            throw ApiError.PURGE_REFUSED.of("stream purge not permitted");
        }
        CompletionStage<Long> purged =
                lookup.purge(
                        stream,
                        asked.path("filter").asString(""),
                        Purge.ALL.keeping(keep).below(below > 0 ? below - 1 : Long.MAX_VALUE));
        return purged.thenApply(count -> Json.object().put("success", true).put("purged", count));
    }

    // Looking ------------------------------------------------------------------------------------

    CompletionStage<ObjectNode> info(ApiRequest request) {
        StreamTopic stream = find(request, Operation.READ);
        ObjectNode asked = INFO.read(request.jsonOrNothing());
        String filter = asked.path("subjects_filter").asString("");
        int offset = (int) Math.min(Integer.MAX_VALUE, asked.path("offset").asLong(0));
        return info(stream, NatsProtocol.SERVER_VERSION)
                .thenCompose(info -> details(stream, info, asked))
                .thenCompose(info -> {
                    info.put("total", 0).put("offset", offset).put("limit", 0);
                    return filter.isEmpty()
                            ? CompletableFuture.completedFuture(info)
                            : subjects(stream, info, filter, offset);
                });
    }

    /// Adds which sequences are gone, where that is asked.
    private CompletionStage<ObjectNode> details(
            StreamTopic stream, ObjectNode info, ObjectNode asked) {
        if (!asked.path("deleted_details").asBoolean(false)) {
            return CompletableFuture.completedFuture(info);
        }
        return lookup.gone(stream)
                .thenApply(gone -> {
                    ArrayNode deleted = ((ObjectNode) info.path("state")).putArray("deleted");
                    gone.forEach(offset -> deleted.add(offset + 1));
                    return info;
                });
    }

    /// Adds a page of the subjects there are, with how many messages each has.
    private CompletionStage<ObjectNode> subjects(
            StreamTopic stream, ObjectNode info, String filter, int offset) {
        return lookup.subjects(stream, filter)
                .thenApply(all -> {
                    ObjectNode told = ((ObjectNode) info.path("state")).putObject("subjects");
                    all.entrySet().stream()
                            .skip(offset)
                            .limit(SUBJECTS_A_PAGE)
                            .forEach(each -> told.put(each.getKey(), each.getValue()));
                    return info.put("total", all.size()).put("limit", SUBJECTS_A_PAGE);
                });
    }

    private CompletionStage<ObjectNode> info(StreamTopic stream, @Nullable String version) {
        return StreamState.of(session, stream)
                .thenCombine(
                        lookup.distinct(stream), (state, subjects) -> state.withSubjects(subjects))
                .thenCombine(
                        consumers.count(stream),
                        (state, count) -> {
                            ObjectNode info = Json.object();
                            info.set("config", stream.config().told(version));
                            info.put("created", Json.time(stream.topic().createdAtMs()));
                            info.set("state", state.told(count));
                            feeds.tell(stream, info);
                            info.put("ts", advisories.now());
                            return info;
                        });
    }

    CompletionStage<ObjectNode> names(ApiRequest request) {
        ObjectNode asked = PAGE.read(request.jsonOrNothing());
        Paging<StreamTopic> page = Paging.of(asked, seen(request, asked), NAMES_A_PAGE);
        ObjectNode told = page.told();
        ArrayNode names = told.putArray("streams");
        page.items().forEach(stream -> names.add(stream.name().name()));
        return CompletableFuture.completedFuture(told);
    }

    CompletionStage<ObjectNode> list(ApiRequest request) {
        ObjectNode asked = PAGE.read(request.jsonOrNothing());
        Paging<StreamTopic> page = Paging.of(asked, seen(request, asked), STREAMS_A_PAGE);
        return InTurn.each(page.items(), stream -> info(stream, null))
                .thenApply(infos -> {
                    ObjectNode told = page.told();
                    told.putArray("streams").addAll(infos);
                    return told;
                });
    }

    private List<StreamTopic> seen(ApiRequest request, ObjectNode asked) {
        return streams.on(request.namespace(), asked.path("subject").asString("")).stream()
                .filter(stream -> access.allows(request, Operation.READ, stream.topicName()))
                .toList();
    }

    /// What there is of all streams together that were made as such.
    CompletionStage<ObjectNode> account(ApiRequest request) {
        List<StreamTopic> all = streams.made(request.namespace());
        ObjectNode told = Json.object();
        told.put("memory", 0L).put("storage", 0L);
        told.put("reserved_memory", 0).put("reserved_storage", 0);
        told.put("streams", all.size());
        ObjectNode limits = told.putObject("limits");
        for (String limit :
                List.of(
                        "max_memory",
                        "max_storage",
                        "max_streams",
                        "max_consumers",
                        "max_ack_pending",
                        "memory_max_stream_bytes",
                        "storage_max_stream_bytes")) {
            limits.put(limit, -1);
        }
        limits.put("max_bytes_required", false);
        told.putObject("api").put("level", NatsProtocol.API_LEVEL).put("total", 0).put("errors", 0);
        return InTurn.each(all, stream -> StreamState.of(session, stream))
                .thenCombine(
                        InTurn.each(all, consumers::count),
                        (states, counts) -> {
                            told.put(
                                    "consumers", counts.stream().mapToInt(Integer::intValue).sum());
                            for (int i = 0; i < all.size(); i++) {
                                boolean durable = all.get(i).topic().spec().lifetime().durable();
                                String kind = durable ? "storage" : "memory";
                                told.put(kind, told.path(kind).asLong(0) + states.get(i).bytes());
                            }
                            return told;
                        });
    }

    // What somebody may ------------------------------------------------------------------------

    private StreamTopic find(ApiRequest request, Operation operation) {
        return access.find(request, request.token(2), operation);
    }
}
