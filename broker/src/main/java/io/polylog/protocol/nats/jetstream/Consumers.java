package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.jetstream.PullConsumer.Tools;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The consumers of all streams: what is stored of them, and those that somebody has used since the
/// broker began. On the home loop.
final class Consumers {
    private static final Logger log = LoggerFactory.getLogger(Consumers.class);

    private final Session session;
    private final Tools tools;
    private final StreamChanges changes;
    private final Map<Key, CompletionStage<PullConsumer>> open = new HashMap<>();

    private boolean begun;

    private record Key(UUID stream, String name) {}

    Consumers(Session session, StreamChanges changes, Tools tools) {
        this.session = session;
        this.changes = changes;
        this.tools = tools;
    }

    /// What is stored of a stream's consumers, by name.
    static List<ConsumerRecord> records(StreamTopic stream) {
        Map<String, ConsumerRecord> found = new TreeMap<>();
        stream.topic()
                .spec()
                .arguments()
                .forEach((argument, text) -> {
                    if (argument.startsWith(ConsumerRecord.ARGUMENT)) {
                        String name = argument.substring(ConsumerRecord.ARGUMENT.length());
                        found.put(name, ConsumerRecord.read(name, text));
                    }
                });
        return List.copyOf(found.values());
    }

    static int count(StreamTopic stream) {
        return (int)
                stream.topic().spec().arguments().keySet().stream()
                        .filter(argument -> argument.startsWith(ConsumerRecord.ARGUMENT))
                        .count();
    }

    static @Nullable ConsumerRecord record(StreamTopic stream, String name) {
        String text = stream.topic().spec().arguments().get(ConsumerRecord.ARGUMENT + name);
        return text == null ? null : ConsumerRecord.read(name, text);
    }

    /// A consumer by its name; it goes on where it was when nobody has used it yet.
    ///
    /// @throws ApiException where there is none
    CompletionStage<PullConsumer> find(StreamTopic stream, String name) {
        ConsumerRecord record = record(stream, name);
        if (record == null) {
            throw ApiError.CONSUMER_NOT_FOUND.plain();
        }
        return open(stream, record, false);
    }

    private CompletionStage<PullConsumer> open(
            StreamTopic stream, ConsumerRecord record, boolean fresh) {
        Key key = new Key(stream.topic().id(), record.name());
        CompletionStage<PullConsumer> there = open.get(key);
        if (there != null) {
            return there;
        }
        Matches matches =
                new Matches(session, stream.name(), tools.stored(), record.config().filter());
        CompletionStage<PullConsumer> made =
                new PullConsumer(tools, stream.name(), record, matches).open(fresh);
        open.put(key, made);
        made.whenComplete((_, failed) -> {
            if (failed != null) {
                open.remove(key);
            }
        });
        return made;
    }

    /// Makes one that is not there, or finds it as it is.
    ///
    /// @param asked what it shall be
    /// @param check looks at the stream, and at what is there of that name, or null; throws where
    ///   it cannot be
    CompletionStage<PullConsumer> create(
            TopicName name,
            ConsumerRecord asked,
            BiConsumer<StreamTopic, @Nullable ConsumerRecord> check) {
        return changes.change(
                        name,
                        stream -> {
                            ConsumerRecord there = record(stream, asked.name());
                            check.accept(stream, there);
                            return there == null
                                    ? alter(stream, all -> all.put(asked.argument(), asked.text()))
                                            .thenApply(_ -> true)
                                    : CompletableFuture.completedFuture(false);
                        })
                .thenCompose(fresh -> {
                    StreamTopic stream = StreamTopic.of(session.definitions().topic(name));
                    if (stream == null) {
                        throw ApiError.STREAM_NOT_FOUND.plain();
                    }
                    return fresh ? open(stream, asked, true) : find(stream, asked.name());
                });
    }

    /// Forgets one.
    ///
    /// @return fails where there is none
    CompletionStage<@Nullable Void> delete(TopicName name, String consumer) {
        return changes.change(
                name,
                stream -> {
                    ConsumerRecord record = record(stream, consumer);
                    if (record == null) {
                        throw ApiError.CONSUMER_NOT_FOUND.plain();
                    }
                    CompletionStage<PullConsumer> there =
                            open.remove(new Key(stream.topic().id(), consumer));
                    CompletionStage<@Nullable Void> closed =
                            there == null
                                    ? CompletableFuture.completedFuture(null)
                                    : there.thenCompose(PullConsumer::close);
                    return closed.handle((_, _) -> null)
                            .thenCompose(_ -> alter(stream, all -> all.remove(record.argument())))
                            .thenCompose(_ -> forget(stream, record));
                });
    }

    private CompletionStage<@Nullable Void> alter(
            StreamTopic stream, Consumer<Map<String, String>> change) {
        Map<String, String> arguments = new HashMap<>(stream.topic().spec().arguments());
        change.accept(arguments);
        return session.alterTopic(stream.name(), stream.topic().spec().retention(), arguments)
                .thenApply(_ -> null);
    }

    /// Nothing is owed to a consumer that is gone.
    private CompletionStage<@Nullable Void> forget(StreamTopic stream, ConsumerRecord gone) {
        if (!gone.config().acks()) {
            return CompletableFuture.completedFuture(null);
        }
        return session.deleteSubscription(new SubscriptionRef(stream.name(), gone.subscription()))
                .handle((_, failed) -> {
                    if (failed != null) {
                        log.debug("subscription of consumer {}", gone.name(), failed);
                    }
                    return null;
                });
    }

    /// Looks at what is over; called many times a second.
    ///
    /// @param streams all there are
    void tick(Streams streams) {
        if (!begun) {
            begun = true;
            streams.all().forEach(this::wakeMortals);
        }
        for (Map.Entry<Key, CompletionStage<PullConsumer>> each :
                new ArrayList<>(open.entrySet())) {
            each.getValue().thenAccept(consumer -> tick(streams, each.getKey(), consumer));
        }
    }

    private void tick(Streams streams, Key key, PullConsumer consumer) {
        if (consumer.isClosed()) {
            open.remove(key);
        } else if (consumer.tick()) {
            streams.all().stream()
                    .filter(stream -> stream.topic().id().equals(key.stream))
                    .forEach(stream -> delete(stream.name(), key.name));
        }
    }

    /// Those that go when nobody uses them go although nobody has used them since the start.
    private void wakeMortals(StreamTopic stream) {
        for (ConsumerRecord record : records(stream)) {
            if (record.config().number("inactive_threshold") > 0) {
                open(stream, record, false)
                        .exceptionally(failed -> {
                            log.warn("consumer {} of {}", record.name(), stream.name(), failed);
                            return null;
                        });
            }
        }
    }
}
