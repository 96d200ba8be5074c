package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.BrokerException;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.jetstream.api.AckSubject;
import io.polylog.protocol.nats.jetstream.api.Advisories;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.ApiLevel;
import io.polylog.protocol.nats.jetstream.api.ApiRequest;
import io.polylog.protocol.nats.jetstream.api.InTurn;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Paging;
import io.polylog.protocol.nats.jetstream.api.Replies;
import io.polylog.protocol.nats.jetstream.api.Shape;
import io.polylog.protocol.nats.jetstream.consumers.ConsumerConfig;
import io.polylog.protocol.nats.jetstream.consumers.ConsumerRecord;
import io.polylog.protocol.nats.jetstream.consumers.ConsumerRules;
import io.polylog.protocol.nats.jetstream.consumers.Consumers;
import io.polylog.protocol.nats.jetstream.consumers.DeadLetters;
import io.polylog.protocol.nats.jetstream.consumers.Roster;
import io.polylog.protocol.nats.jetstream.consumers.StreamConsumer;
import io.polylog.protocol.nats.jetstream.streams.StreamAccess;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.security.Operation;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Answers requests about consumers. On the home loop.
final class ConsumerApi {
    private static final int NAMES_A_PAGE = 1024;
    private static final int CONSUMERS_A_PAGE = 256;

    /// As many subscriptions as a stream may have, but for some of others.
    private static final int MOST_STORED = 60_000;

    /// In memory.
    private static final int MOST_PASSING = 10_000;

    private static final int GIVEN_NAME_CHARS = 8;
    private static final int FLOW_TOKENS = 5;

    private static final Shape CREATE =
            Shape.of(
                    "CreateConsumerRequest",
                    "stream_name text",
                    "config object",
                    "action text",
                    "pedantic flag");
    private static final Shape PAUSE = Shape.of("JSApiConsumerPauseRequest", "pause_until text");
    private static final Shape UNPIN = Shape.of("JSApiConsumerUnpinRequest", "group text");
    private static final Shape PAGE = Shape.of("JSApiConsumersRequest", "offset count");

    private final StreamAccess streams;
    private final Consumers consumers;
    private final Replies replies;
    private final Advisories advisories;
    private final Supplier<String> uniqueNames;
    private final LongSupplier wallMs;

    ConsumerApi(
            StreamAccess streams,
            Consumers consumers,
            Replies replies,
            Advisories advisories,
            Supplier<String> uniqueNames,
            LongSupplier wallMs) {
        this.streams = streams;
        this.consumers = consumers;
        this.replies = replies;
        this.advisories = advisories;
        this.uniqueNames = uniqueNames;
        this.wallMs = wallMs;
    }

    /// `CONSUMER.CREATE.<stream>[.<consumer>[.<filter>]]`.
    CompletionStage<ObjectNode> create(ApiRequest request) {
        return create(request, request.token(2), request.token(3), request.rest(4));
    }

    /// `CONSUMER.DURABLE.CREATE.<stream>.<consumer>`.
    CompletionStage<ObjectNode> createDurable(ApiRequest request) {
        return create(request, request.token(3), request.token(4), "");
    }

    private CompletionStage<ObjectNode> create(
            ApiRequest request, String streamName, String name, String filter) {
        ObjectNode asked = CREATE.read(request.json());
        if (!asked.path("stream_name").asString("").equals(streamName)) {
            throw ApiError.NAME_DIFFERS.plain();
        }
        if (!(asked.path("config") instanceof ObjectNode members)) {
            throw ApiError.CONSUMER_CONFIG_REQUIRED.plain();
        }
        StreamTopic stream = streams.toRead(request, streamName);
        String known = name(members, name);
        ConsumerConfig config =
                ConsumerConfig.asked(
                        members, known.isEmpty() ? givenName() : known, stream.config());
        if (!filter.isEmpty()) {
            checkFilter(config, filter);
        }
        String consumer = config.text("name");
        DeadLetters.Target letters = DeadLetters.Target.of(config);
        if (letters != null) {
            TopicName target = new TopicName(request.namespace(), letters.guarded());
            streams.check(request, Operation.WRITE, target);
        }
        ConsumerRecord record =
                new ConsumerRecord(
                        consumer,
                        consumer + "." + uniqueNames.get(),
                        wallMs.getAsLong(),
                        ConsumerRecord.NOW,
                        config,
                        !stream.config().keepsAll());
        String action = asked.path("action").asString("");
        return consumers
                .put(
                        stream.name(),
                        consumer,
                        (now, all, there) ->
                                there == null
                                        ? fresh(now, all, record, action)
                                        : changed(now, all, there, config, action))
                .thenApply(StreamConsumer::told);
    }

    private static void checkFilter(ConsumerConfig config, String ofSubject) {
        if (!config.texts("filter_subjects").isEmpty()) {
            throw ApiError.SUBJECT_WITH_FILTERS.plain();
        }
        if (!ofSubject.equals(config.text("filter_subject"))) {
            throw ApiError.FILTER_DIFFERS.plain();
        }
    }

    private static ConsumerRecord fresh(
            StreamTopic stream, Roster all, ConsumerRecord record, String action) {
        if (action.equals("update")) {
            throw ApiError.CONSUMER_DOES_NOT_EXIST.plain();
        }
        boolean full =
                record.isRemembered()
                        ? all.countStored() >= MOST_STORED
                        : all.countPassing() >= MOST_PASSING;
        long most = stream.config().number("max_consumers");
        if (full || (most > 0 && all.count() >= most)) {
            throw ApiError.TOO_MANY_CONSUMERS.plain();
        }
        checkWork(stream, all, record);
        return record;
    }

    private static void checkWork(StreamTopic stream, Roster all, ConsumerRecord record) {
        if (stream.config().isWorkQueue()) {
            ConsumerRules.checkWorker(
                    record.config(),
                    all.records().stream()
                            .filter(each -> !each.name().equals(record.name()))
                            .map(ConsumerRecord::config)
                            .toList());
        }
    }

    private ConsumerRecord changed(
            StreamTopic stream,
            Roster all,
            ConsumerRecord there,
            ConsumerConfig config,
            String action) {
        if (there.config().equals(config)) {
            return there;
        }
        if (action.equals("create")) {
            throw ApiError.CONSUMER_EXISTS.plain();
        }
        boolean bound = consumers.isBound(stream, there.name());
        ConsumerRecord changed = there.with(there.config().updated(config, bound));
        checkWork(stream, all, changed);
        return changed;
    }

    private String givenName() {
        return uniqueNames.get().substring(0, GIVEN_NAME_CHARS);
    }

    /// The name that subject and configuration say, or "".
    private static String name(ObjectNode members, String ofSubject) {
        String durable = members.path("durable_name").asString("");
        String named = members.path("name").asString("");
        if (!durable.isEmpty() && !named.isEmpty() && !durable.equals(named)) {
            throw ApiError.DURABLE_AND_NAME_DIFFER.plain();
        }
        String said = durable.isEmpty() ? named : durable;
        if (!ofSubject.isEmpty() && !said.isEmpty() && !said.equals(ofSubject)) {
            throw ApiError.CONSUMER_NAME_DIFFERS.plain();
        }
        String name = said.isEmpty() ? ofSubject : said;
        if (!name.isEmpty() && !StreamConfig.isName(name)) {
            throw ApiError.CONSUMER_REFUSED.of("invalid consumer name");
        }
        return name;
    }

    CompletionStage<ObjectNode> info(ApiRequest request) {
        request.checkEmpty();
        StreamTopic stream = streams.toRead(request, request.token(2));
        return consumers.find(stream, request.token(3)).thenApply(StreamConsumer::told);
    }

    CompletionStage<ObjectNode> delete(ApiRequest request) {
        request.checkEmpty();
        StreamTopic stream = streams.toRead(request, request.token(2));
        return consumers
                .delete(stream.name(), request.token(3))
                .thenApply(_ -> Json.object().put("success", true));
    }

    /// `CONSUMER.PAUSE.<stream>.<consumer>`: it delivers nothing until then; goes on where no time
    /// is said, or one that is over.
    CompletionStage<ObjectNode> pause(ApiRequest request) {
        ObjectNode asked = PAUSE.read(request.jsonOrNothing());
        StreamTopic stream = streams.toRead(request, request.token(2));
        boolean paused = Json.ms(asked.path("pause_until").asString("")) > wallMs.getAsLong();
        JsonNode until = asked.path("pause_until");
        return consumers
                .put(
                        stream.name(),
                        request.token(3),
                        (_, _, there) -> {
                            if (there == null) {
                                throw ApiError.CONSUMER_NOT_FOUND.plain();
                            }
                            return there.with(
                                    paused
                                            ? there.config().with("pause_until", until)
                                            : there.config().without("pause_until"));
                        })
                .thenApply(consumer -> {
                    advisories.paused(
                            stream.name(), request.token(3), paused ? until.asString("") : "");
                    ObjectNode told = Json.object();
                    consumer.tellPause(told.put("paused", paused));
                    return told.put("pause_until", paused ? until.asString("") : Json.NO_TIME);
                });
    }

    /// `CONSUMER.UNPIN.<stream>.<consumer>`.
    CompletionStage<ObjectNode> unpin(ApiRequest request) {
        String group = UNPIN.read(request.jsonOrNothing()).path("group").asString("");
        StreamTopic stream = streams.toRead(request, request.token(2));
        return consumers
                .find(stream, request.token(3))
                .thenApply(consumer -> {
                    consumer.unpin(group);
                    return Json.object();
                });
    }

    CompletionStage<ObjectNode> names(ApiRequest request) {
        ObjectNode asked = PAGE.read(request.jsonOrNothing());
        return consumers
                .of(streams.toRead(request, request.token(2)))
                .thenApply(all -> {
                    Paging<String> page = Paging.of(asked, all.names(), NAMES_A_PAGE);
                    ObjectNode told = page.told();
                    ArrayNode names = told.putArray("consumers");
                    page.items().forEach(names::add);
                    return told;
                });
    }

    CompletionStage<ObjectNode> list(ApiRequest request) {
        ObjectNode asked = PAGE.read(request.jsonOrNothing());
        StreamTopic stream = streams.toRead(request, request.token(2));
        return consumers
                .of(stream)
                .thenCompose(all -> {
                    Paging<String> page = Paging.of(asked, all.names(), CONSUMERS_A_PAGE);
                    return infos(stream, page.items())
                            .thenApply(infos -> {
                                ObjectNode told = page.told();
                                told.putArray("consumers").addAll(infos);
                                return told;
                            });
                });
    }

    CompletionStage<Integer> count(StreamTopic stream) {
        return consumers.count(stream);
    }

    /// What there is to tell of all consumers of a stream.
    CompletionStage<List<ObjectNode>> all(StreamTopic stream) {
        return consumers.of(stream).thenCompose(all -> infos(stream, all.names()));
    }

    private CompletionStage<List<ObjectNode>> infos(StreamTopic stream, List<String> names) {
        return InTurn.each(
                names, name -> consumers.find(stream, name).thenApply(StreamConsumer::told));
    }

    /// `CONSUMER.MSG.NEXT.<stream>.<consumer>`: answered by messages and statuses, or by nobody.
    CompletionStage<@Nullable ObjectNode> next(ApiRequest request) {
        if (request.reply().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        use(
                request,
                request.token(3),
                request.token(4),
                consumer -> {
                    if (consumer.isPulled() && request.requiresMore()) {
                        replies.status(request.namespace(), request.reply(), ApiLevel.STATUS);
                    } else {
                        consumer.pull(request.payload(), request.reply());
                    }
                });
        return CompletableFuture.completedFuture(null);
    }

    /// Hands a message to the consumer it is for; where there is none, nobody has got it.
    private void use(
            ApiRequest request, String stream, String name, Consumer<StreamConsumer> then) {
        try {
            consumers
                    .find(streams.toRead(request, stream), name)
                    .whenComplete((consumer, failed) -> {
                        if (failed == null) {
                            then.accept(consumer);
                        } else if (BrokerException.reason(failed) instanceof ApiException) {
                            replies.nobody(request);
                        }
                    });
        } catch (ApiException none) {
            replies.nobody(request);
        }
    }

    /// What is said of a delivered message, on the reply subject it came with.
    void acknowledge(ApiRequest request, AckSubject of) {
        use(
                request,
                of.stream(),
                of.consumer(),
                consumer -> consumer.acknowledge(of, request.payload(), request.reply()));
    }

    /// What a listener says who was asked how far he is: `$JS.FC.<stream>.<consumer>.<question>`.
    void flow(ApiRequest request, String subject) {
        String[] tokens = subject.split("\\.", -1);
        if (tokens.length == FLOW_TOKENS) {
            use(request, tokens[2], tokens[3], consumer -> consumer.answered(subject));
        }
    }
}
