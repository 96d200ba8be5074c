package io.polylog.protocol.nats.jetstream;

import io.netty.util.concurrent.EventExecutor;
import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.message.MessageCodec;
import io.polylog.protocol.nats.NatsMonitor;
import io.polylog.protocol.nats.NatsService;
import io.polylog.protocol.nats.jetstream.api.AckSubject;
import io.polylog.protocol.nats.jetstream.api.Advisories;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.ApiRequest;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Replies;
import io.polylog.protocol.nats.jetstream.consumers.Consumers;
import io.polylog.protocol.nats.jetstream.consumers.FlowControl;
import io.polylog.protocol.nats.jetstream.consumers.Tools;
import io.polylog.protocol.nats.jetstream.feeds.Feed;
import io.polylog.protocol.nats.jetstream.feeds.Feeds;
import io.polylog.protocol.nats.jetstream.publishing.Batches;
import io.polylog.protocol.nats.jetstream.publishing.Counters;
import io.polylog.protocol.nats.jetstream.publishing.Premises;
import io.polylog.protocol.nats.jetstream.publishing.PubAcks;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.Republishing;
import io.polylog.protocol.nats.jetstream.streams.StoredMessages;
import io.polylog.protocol.nats.jetstream.streams.StreamAccess;
import io.polylog.protocol.nats.jetstream.streams.StreamChanges;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.Streams;
import io.polylog.protocol.nats.jetstream.timed.Markers;
import io.polylog.protocol.nats.jetstream.timed.Schedules;
import io.polylog.security.Permissions;
import io.polylog.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Answers what clients ask of JetStream.
public final class JetStream implements NatsService, NatsMonitor.Streams {
    private static final Logger log = LoggerFactory.getLogger(JetStream.class);

    private static final int MOST_TOKENS_OF_A_CALL = 3;

    private static final long TICK_MS = 100;

    private final EventExecutor home;
    private final Replies replies;
    private final Streams streams;
    private final StreamReport report;
    private final Map<String, Call> calls;
    private final ConsumerApi consumerApi;
    private final Consumers consumers;
    private final Markers markers;
    private final Schedules schedules;
    private final Batches batches;
    private final Counters counters;
    private final Premises premises;
    private final Feeds feeds;
    private final Supplier<String> uniqueNames;

    /// What it needs from others.
    ///
    /// @param broker the core
    /// @param permissions what somebody may do with a stream
    /// @param codecs opens what other protocols stored, by encoding
    /// @param home a loop for what belongs to no connection
    /// @param uniqueNames for what nobody gave a name
    /// @param wallMs milliseconds since 1970
    public record Seams(
            Broker broker,
            Permissions permissions,
            Map<Byte, MessageCodec> codecs,
            EventExecutor home,
            Supplier<String> uniqueNames,
            LongSupplier wallMs) {
        public Seams {
            codecs = Map.copyOf(codecs);
        }
    }

    /// What answers a request.
    ///
    /// @param type of the response
    /// @param answersJson whether all of it is answered with it
    private record Call(
            String type,
            boolean answersJson,
            Function<ApiRequest, CompletionStage<@Nullable ObjectNode>> answer) {}

    public JetStream(Seams seams) {
        home = seams.home();
        Session session = seams.broker().session(Principal.BROKER, Mailbox.of(home));
        replies = new Replies(session, home);
        streams = new Streams(seams.broker()::definitions);
        StreamAccess access = new StreamAccess(streams, seams.permissions());
        StoredMessages stored = new StoredMessages(seams.codecs());
        Advisories advisories = new Advisories(replies, seams.uniqueNames(), seams.wallMs());
        Lookup lookup = new Lookup(session, stored);
        counters = new Counters(session, lookup, home);
        premises = new Premises(session, lookup, home);
        batches =
                new Batches(
                        seams.wallMs(),
                        (stream, batch, why) ->
                                home.execute(() -> advisories.batchAbandoned(stream, batch, why)));
        uniqueNames = seams.uniqueNames();
        feeds =
                new Feeds(
                        session,
                        streams,
                        new Feed.Tools(
                                () -> seams.broker().session(Principal.BROKER, Mailbox.of(home)),
                                streams,
                                stored,
                                counters,
                                home,
                                uniqueNames,
                                seams.wallMs()),
                        (stream, transform, from) ->
                                new Republishing(
                                        session, replies, stored, stream, transform, from));
        StreamChanges changes = new StreamChanges(streams);
        consumers =
                new Consumers(
                        session,
                        streams,
                        changes,
                        new Tools(
                                session,
                                replies,
                                advisories,
                                stored,
                                home,
                                seams.uniqueNames(),
                                seams.wallMs()));
        markers = new Markers(session, lookup);
        schedules = new Schedules(session, home, streams, lookup, seams.wallMs());
        consumerApi =
                new ConsumerApi(
                        access,
                        consumers,
                        replies,
                        advisories,
                        seams.uniqueNames(),
                        seams.wallMs());
        report = new StreamReport(session, streams, consumerApi);
        calls =
                calls(
                        new StreamApi(
                                session, changes, access, consumers, lookup, feeds, advisories),
                        consumerApi,
                        new MessageApi(session, access, lookup),
                        new DirectGet(access, lookup, replies));
        home.scheduleAtFixedRate(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            consumers.tick();
            markers.tick(streams);
            schedules.tick();
            batches.tick();
            feeds.tick();
        } catch (RuntimeException e) {
            log.error("looking after streams failed", e);
        }
    }

    private static Map<String, Call> calls(
            StreamApi api, ConsumerApi consumers, MessageApi messages, DirectGet direct) {
        return Map.ofEntries(
                call("INFO", "account_info", api::account),
                call("STREAM.CREATE", "stream_create", api::create),
                call("STREAM.UPDATE", "stream_update", api::update),
                call("STREAM.NAMES", "stream_names", api::names),
                call("STREAM.LIST", "stream_list", api::list),
                call("STREAM.INFO", "stream_info", api::info),
                call("STREAM.DELETE", "stream_delete", api::delete),
                call("STREAM.PURGE", "stream_purge", api::purge),
                call("STREAM.MSG.GET", "stream_msg_get", messages::get),
                call("STREAM.MSG.DELETE", "stream_msg_delete", messages::delete),
                serving("DIRECT.GET", direct::get),
                call("CONSUMER.CREATE", "consumer_create", consumers::create),
                call("CONSUMER.DURABLE.CREATE", "consumer_create", consumers::createDurable),
                call("CONSUMER.NAMES", "consumer_names", consumers::names),
                call("CONSUMER.LIST", "consumer_list", consumers::list),
                call("CONSUMER.INFO", "consumer_info", consumers::info),
                call("CONSUMER.DELETE", "consumer_delete", consumers::delete),
                call("CONSUMER.UNPIN", "consumer_unpin", consumers::unpin),
                call("CONSUMER.PAUSE", "consumer_pause", consumers::pause),
                serving("CONSUMER.MSG.NEXT", consumers::next));
    }

    private static Map.Entry<String, Call> call(
            String subject,
            String type,
            Function<ApiRequest, CompletionStage<@Nullable ObjectNode>> answer) {
        return Map.entry(subject, new Call(type, true, answer));
    }

    /// A call that answers with messages and statuses.
    private static Map.Entry<String, Call> serving(
            String subject, Function<ApiRequest, CompletionStage<@Nullable ObjectNode>> answer) {
        return Map.entry(subject, new Call("served", false, answer));
    }

    @Override
    public boolean takes(String subject) {
        return subject.startsWith(ApiRequest.PREFIX)
                || subject.startsWith(AckSubject.PREFIX)
                || subject.startsWith(FlowControl.PREFIX);
    }

    @Override
    public void take(Request request) {
        home.execute(() -> {
            String subject = request.message().subject();
            AckSubject acknowledged = AckSubject.read(subject);
            if (acknowledged != null) {
                consumerApi.acknowledge(ApiRequest.of(request), acknowledged);
            } else if (subject.startsWith(FlowControl.PREFIX)) {
                consumerApi.flow(ApiRequest.of(request), subject);
            } else {
                answer(ApiRequest.of(request));
            }
        });
    }

    @Override
    public CompletionStage<List<NatsMonitor.Account>> accounts(NatsMonitor.Detail detail) {
        CompletableFuture<List<NatsMonitor.Account>> told = new CompletableFuture<>();
        home.execute(() ->
                report.accounts(detail)
                        .whenComplete((accounts, failed) -> {
                            if (failed == null) {
                                told.complete(accounts);
                            } else {
                                told.completeExceptionally(BrokerException.reason(failed));
                            }
                        }));
        return told;
    }

    private void answer(ApiRequest request) {
        Call call = find(request);
        CompletionStage<@Nullable ObjectNode> answer;
        try {
            if (call.answersJson && request.requiresMore()) {
                throw ApiError.API_LEVEL.plain();
            }
            answer = call.answer.apply(request);
        } catch (ApiException | BrokerException refused) {
            answer(request, call.type, error(refused));
            return;
        } catch (RuntimeException wrong) {
            log.error("{} failed", request.from().message().subject(), wrong);
            answer(request, call.type, error(wrong));
            return;
        }
        answer.whenComplete((value, failed) -> {
            if (failed != null) {
                answer(request, call.type, error(BrokerException.reason(failed)));
            } else if (value != null) {
                answer(request, call.type, value);
            }
        });
    }

    @Override
    public @Nullable Keeper keeper(String namespace, String subject) {
        StreamTopic found = streams.keeping(namespace, subject);
        PubAcks.Tools tools = new PubAcks.Tools(batches, counters, schedules, premises);
        return found == null ? null : new PubAcks(found, tools, uniqueNames);
    }

    @Override
    public void reply(String namespace, String reply, String json) {
        home.execute(() -> replies.text(namespace, reply, json));
    }

    private Call find(ApiRequest request) {
        for (int tokens = MOST_TOKENS_OF_A_CALL; tokens > 0; tokens--) {
            if (tokens <= request.tokens().size()) {
                Call found = calls.get(String.join(".", request.tokens().subList(0, tokens)));
                if (found != null) {
                    return found;
                }
            }
        }
        return new Call("system", false, JetStream::unknown);
    }

    private static CompletionStage<@Nullable ObjectNode> unknown(ApiRequest request) {
        throw ApiError.BAD_REQUEST.plain();
    }

    private void answer(ApiRequest request, String type, ObjectNode value) {
        if (!request.reply().isEmpty()) {
            ObjectNode told =
                    Json.object().put("type", "io.nats.jetstream.api.v1." + type + "_response");
            told.setAll(value);
            replies.json(request.namespace(), request.reply(), told);
        }
    }

    private static ObjectNode error(Throwable failure) {
        ApiException told =
                switch (failure) {
                    case ApiException refused -> refused;
                    case BrokerException refused -> ApiException.of(refused);
                    default -> ApiError.GENERAL.of("internal error");
                };
        ObjectNode error = Json.object();
        error.set("error", Json.node(told.fields()));
        return error;
    }
}
