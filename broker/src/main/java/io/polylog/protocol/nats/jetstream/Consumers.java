package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.jetstream.StreamConsumer.Tools;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The consumers of all streams: what is stored of them, those that live in memory alone, and those
/// that somebody has used since the broker began. On the home loop.
final class Consumers {
    private static final Logger log = LoggerFactory.getLogger(Consumers.class);

    private final Session session;
    private final Streams streams;
    private final StreamChanges changes;
    private final Tools tools;
    private final Map<Key, CompletionStage<StreamConsumer>> open = new HashMap<>();

    /// Those that are not stored, by stream and name.
    private final Map<StreamTopic.Id, Map<String, ConsumerRecord>> passing = new HashMap<>();

    private boolean begun;

    private record Key(StreamTopic.Id stream, String name) {}

    /// What a change has made.
    ///
    /// @param fresh whether it was not there before
    private record Made(ConsumerRecord record, boolean fresh) {}

    Consumers(Session session, Streams streams, StreamChanges changes, Tools tools) {
        this.session = session;
        this.streams = streams;
        this.changes = changes;
        this.tools = tools;
    }

    /// A stream's consumers, by name.
    List<ConsumerRecord> records(StreamTopic stream) {
        Map<String, ConsumerRecord> found = new TreeMap<>(passing(stream));
        stored(stream).forEach(each -> found.put(each.name(), each));
        return List.copyOf(found.values());
    }

    private Map<String, ConsumerRecord> passing(StreamTopic stream) {
        return passing.getOrDefault(stream.id(), Map.of());
    }

    private static List<ConsumerRecord> stored(StreamTopic stream) {
        List<ConsumerRecord> found = new ArrayList<>();
        String begin = stream.consumersBegin();
        stream.topic()
                .spec()
                .arguments()
                .forEach((argument, text) -> {
                    if (argument.startsWith(begin)) {
                        String name = argument.substring(begin.length());
                        found.add(ConsumerRecord.read(name, text));
                    }
                });
        return found;
    }

    int count(StreamTopic stream) {
        return countStored(stream) + countPassing(stream);
    }

    int countStored(StreamTopic stream) {
        return (int)
                stream.topic().spec().arguments().keySet().stream()
                        .filter(argument -> argument.startsWith(stream.consumersBegin()))
                        .count();
    }

    int countPassing(StreamTopic stream) {
        return passing(stream).size();
    }

    private @Nullable ConsumerRecord record(StreamTopic stream, String name) {
        String text = stream.topic().spec().arguments().get(stream.consumersBegin() + name);
        return text == null ? passing(stream).get(name) : ConsumerRecord.read(name, text);
    }

    /// A consumer by its name; it goes on where it was when nobody has used it yet.
    ///
    /// @throws ApiException where there is none
    CompletionStage<StreamConsumer> find(StreamTopic stream, String name) {
        CompletionStage<StreamConsumer> there = open.get(new Key(stream.id(), name));
        if (there != null) {
            return there;
        }
        ConsumerRecord record = record(stream, name);
        if (record == null) {
            throw ApiError.CONSUMER_NOT_FOUND.plain();
        }
        return open(stream, record, false);
    }

    private CompletionStage<StreamConsumer> open(
            StreamTopic stream, ConsumerRecord record, boolean fresh) {
        Key key = new Key(stream.id(), record.name());
        CompletionStage<StreamConsumer> there = open.get(key);
        if (there != null) {
            return there;
        }
        CompletionStage<StreamConsumer> made =
                new StreamConsumer(tools, stream, record).open(fresh);
        open.put(key, made);
        made.whenComplete((_, failed) -> {
            if (failed != null) {
                forget(key);
            }
        });
        return made;
    }

    private void forget(Key key) {
        open.remove(key);
        passing.computeIfPresent(
                key.stream,
                (_, those) -> {
                    those.remove(key.name);
                    return those.isEmpty() ? null : those;
                });
    }

    /// Whether somebody listens where a consumer pushes to.
    boolean isBound(StreamTopic stream, String name) {
        boolean[] bound = {false};
        CompletionStage<StreamConsumer> there = open.get(new Key(stream.id(), name));
        if (there != null) {
            there.thenAccept(consumer -> bound[0] = consumer.isBound());
        }
        return bound[0];
    }

    /// Makes or changes one.
    ///
    /// @param consumer its name
    /// @param decide what it shall be, by its stream and what it is now, or null; throws where that
    ///   cannot be
    CompletionStage<StreamConsumer> put(
            TopicName name,
            String consumer,
            BiFunction<StreamTopic, @Nullable ConsumerRecord, ConsumerRecord> decide) {
        return changes.change(
                        name,
                        stream -> {
                            ConsumerRecord there = record(stream, consumer);
                            ConsumerRecord wanted =
                                    placed(stream, there, decide.apply(stream, there));
                            CompletionStage<@Nullable Void> done =
                                    wanted.equals(there)
                                            ? CompletableFuture.completedFuture(null)
                                            : store(stream, wanted);
                            return done.thenApply(_ -> new Made(wanted, there == null));
                        })
                .thenCompose(made -> {
                    return open(streams.find(name), made.record, made.fresh)
                            .thenCompose(there -> there.become(made.record))
                            .thenApply(there -> {
                                if (made.fresh) {
                                    tools.advisories().consumerCreated(name, consumer);
                                }
                                return there;
                            });
                });
    }

    /// A new one with where its stream ends, if it has to know that after a restart.
    private ConsumerRecord placed(
            StreamTopic stream, @Nullable ConsumerRecord there, ConsumerRecord wanted) {
        boolean remembers = wanted.config().isLastOfEach() && wanted.isRemembered();
        if (there != null || !remembers) {
            return wanted;
        }
        Reader reader = stream.reader(session);
        long end = reader.endOffset();
        reader.close();
        return wanted.madeAt(end);
    }

    private CompletionStage<@Nullable Void> store(StreamTopic stream, ConsumerRecord record) {
        if (record.isRemembered()) {
            return alter(
                    stream, all -> all.put(stream.consumersBegin() + record.name(), record.text()));
        }
        passing.computeIfAbsent(stream.id(), _ -> new HashMap<>()).put(record.name(), record);
        return CompletableFuture.completedFuture(null);
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
                    Key key = new Key(stream.id(), consumer);
                    CompletionStage<StreamConsumer> there = open.get(key);
                    forget(key);
                    CompletionStage<@Nullable Void> closed =
                            there == null
                                    ? CompletableFuture.completedFuture(null)
                                    : there.thenCompose(StreamConsumer::close);
                    return closed.handle((_, _) -> null)
                            .thenCompose(_ -> erase(stream, record))
                            .thenRun(() -> tools.advisories().consumerDeleted(name, consumer))
                            .thenApply(_ -> null);
                });
    }

    /// Nothing is stored of one that is gone, nor owed to it.
    private CompletionStage<@Nullable Void> erase(StreamTopic stream, ConsumerRecord gone) {
        if (!gone.isRemembered()) {
            return CompletableFuture.completedFuture(null);
        }
        SubscriptionRef subscription = new SubscriptionRef(stream.topicName(), gone.subscription());
        return alter(stream, all -> all.remove(stream.consumersBegin() + gone.name()))
                .thenCompose(_ -> session.deleteSubscription(subscription))
                .handle((_, failed) -> {
                    if (failed != null) {
                        log.debug("subscription of consumer {}", gone.name(), failed);
                    }
                    return null;
                });
    }

    private CompletionStage<@Nullable Void> alter(
            StreamTopic stream, Consumer<Map<String, String>> change) {
        Map<String, String> arguments = new HashMap<>(stream.topic().spec().arguments());
        change.accept(arguments);
        return session.alterTopic(stream.topicName(), stream.topic().spec().retention(), arguments)
                .thenApply(_ -> null);
    }

    /// Looks at what is over; called many times a second.
    void tick() {
        if (!begun) {
            begun = true;
            streams.all().forEach(this::wakeThoseInUse);
        }
        for (Map.Entry<Key, CompletionStage<StreamConsumer>> each :
                new ArrayList<>(open.entrySet())) {
            each.getValue().thenAccept(consumer -> tick(each.getKey(), consumer));
        }
    }

    private void tick(Key key, StreamConsumer consumer) {
        if (consumer.isClosed()) {
            forget(key);
        } else if (consumer.tick()) {
            streams.all().stream()
                    .filter(stream -> stream.id().equals(key.stream))
                    .forEach(stream -> delete(stream.name(), key.name));
        }
    }

    /// Those that push, or go when nobody uses them, do so although nobody has used them since the
    /// start.
    private void wakeThoseInUse(StreamTopic stream) {
        for (ConsumerRecord record : stored(stream)) {
            if (record.config().isPush() || record.config().number("inactive_threshold") > 0) {
                open(stream, record, false)
                        .exceptionally(failed -> {
                            log.warn("consumer {} of {}", record.name(), stream.name(), failed);
                            return null;
                        });
            }
        }
    }
}
