package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.streams.StreamChanges;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.Streams;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The consumers of all streams: who there is, and those that somebody uses. The others rest: they
/// have nothing but what is stored of them. On the home loop.
public final class Consumers {
    private static final Logger log = LoggerFactory.getLogger(Consumers.class);

    /// Rounds of ticks from one look at what streams are gone to the next.
    private static final int TICKS_A_LOOK = 10;

    private final Session session;
    private final Streams streams;
    private final StreamChanges changes;
    private final Tools tools;
    private final Map<Key, CompletionStage<StreamConsumer>> open = new HashMap<>();

    /// Read when a stream's are asked for first.
    private final Map<StreamTopic.Id, CompletionStage<Roster>> rosters = new HashMap<>();

    private boolean begun;
    private int ticks;

    private record Key(StreamTopic.Id stream, String name) {}

    /// What a consumer is to be.
    public interface Decision {
        /// Decides.
        ///
        /// @param all of its stream
        /// @param there what it is now, or null
        /// @throws ApiException where that cannot be
        ConsumerRecord decide(StreamTopic stream, Roster all, @Nullable ConsumerRecord there);
    }

    public Consumers(Session session, Streams streams, StreamChanges changes, Tools tools) {
        this.session = session;
        this.streams = streams;
        this.changes = changes;
        this.tools = tools;
    }

    /// A stream's consumers.
    public CompletionStage<Roster> of(StreamTopic stream) {
        CompletionStage<Roster> there = rosters.get(stream.id());
        if (there != null) {
            return there;
        }
        CompletionStage<Roster> read = Roster.read(session, stream);
        rosters.put(stream.id(), read);
        read.whenComplete((_, failed) -> {
            if (failed != null) {
                rosters.remove(stream.id());
            }
        });
        return read;
    }

    public CompletionStage<Integer> count(StreamTopic stream) {
        return of(stream).thenApply(Roster::count);
    }

    /// A consumer by its name; it goes on where it was when nobody uses it.
    ///
    /// @return fails with an [ApiException] where there is none
    public CompletionStage<StreamConsumer> find(StreamTopic stream, String name) {
        CompletionStage<StreamConsumer> there = open.get(new Key(stream.id(), name));
        return there != null
                ? there
                : of(stream).thenCompose(all -> wake(stream, all, required(all, name)));
    }

    private static ConsumerRecord required(Roster all, String name) {
        ConsumerRecord record = all.record(name);
        if (record == null) {
            throw ApiError.CONSUMER_NOT_FOUND.plain();
        }
        return record;
    }

    private CompletionStage<StreamConsumer> wake(
            StreamTopic stream, Roster all, ConsumerRecord record) {
        Key key = new Key(stream.id(), record.name());
        CompletionStage<StreamConsumer> there = open.get(key);
        return there != null
                ? there
                : open(
                        key,
                        new StreamConsumer(tools, stream, record).goOn(all.wake(record.name())));
    }

    private CompletionStage<StreamConsumer> open(Key key, CompletionStage<StreamConsumer> begun) {
        open.put(key, begun);
        begun.whenComplete((_, failed) -> {
            if (failed != null) {
                open.remove(key, begun);
            }
        });
        return begun;
    }

    /// Whether somebody listens where a consumer pushes to.
    public boolean isBound(StreamTopic stream, String name) {
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
    public CompletionStage<StreamConsumer> put(TopicName name, String consumer, Decision decision) {
        return changes.change(
                name,
                stream ->
                        of(stream)
                                .thenCompose(all -> {
                                    ConsumerRecord there = all.record(consumer);
                                    ConsumerRecord wanted = decision.decide(stream, all, there);
                                    return there == null
                                            ? make(stream, all, wanted)
                                            : change(stream, all, there, wanted);
                                }));
    }

    private CompletionStage<StreamConsumer> make(
            StreamTopic stream, Roster all, ConsumerRecord wanted) {
        ConsumerRecord record = placed(stream, wanted);
        StreamConsumer made = new StreamConsumer(tools, stream, record);
        return open(new Key(stream.id(), record.name()), made.begin())
                .thenApply(begun -> {
                    all.put(record);
                    tools.advisories().consumerCreated(stream.name(), record.name());
                    return begun;
                });
    }

    /// A new one with where its stream ends, if it has to know that later.
    private ConsumerRecord placed(StreamTopic stream, ConsumerRecord wanted) {
        if (!wanted.config().isLastOfEach() || !wanted.isRemembered()) {
            return wanted;
        }
        Reader reader = stream.reader(session);
        long end = reader.endOffset();
        reader.close();
        return wanted.madeAt(end);
    }

    private CompletionStage<StreamConsumer> change(
            StreamTopic stream, Roster all, ConsumerRecord there, ConsumerRecord wanted) {
        return wake(stream, all, there)
                .thenCompose(consumer -> consumer.become(wanted))
                .thenApply(consumer -> {
                    all.put(wanted);
                    return consumer;
                });
    }

    /// Forgets one.
    ///
    /// @return fails where there is none
    public CompletionStage<@Nullable Void> delete(TopicName name, String consumer) {
        return changes.change(
                name, stream -> of(stream).thenCompose(all -> delete(stream, all, consumer)));
    }

    private CompletionStage<@Nullable Void> delete(
            StreamTopic stream, Roster all, String consumer) {
        ConsumerRecord record = required(all, consumer);
        all.remove(consumer);
        return close(new Key(stream.id(), consumer))
                .thenCompose(_ -> erase(stream, record))
                .whenComplete((_, failed) -> {
                    if (failed != null) {
                        all.put(record);
                    } else {
                        tools.advisories().consumerDeleted(stream.name(), consumer);
                    }
                });
    }

    private CompletionStage<@Nullable Void> close(Key key) {
        CompletionStage<StreamConsumer> there = open.remove(key);
        CompletionStage<@Nullable Void> closed = CompletableFuture.completedFuture(null);
        return there == null
                ? closed
                : there.thenCompose(StreamConsumer::close).handle((_, _) -> null);
    }

    /// Nothing is stored of one that is gone, nor owed to it.
    private CompletionStage<@Nullable Void> erase(StreamTopic stream, ConsumerRecord gone) {
        CompletionStage<@Nullable Void> nothing = CompletableFuture.completedFuture(null);
        return gone.isRemembered()
                ? session.deleteSubscription(gone.carrier(stream))
                        .handle((_, failed) -> failed == null || isMissing(failed) ? null : failed)
                        .thenCompose(failed ->
                                failed == null ? nothing : CompletableFuture.failedFuture(failed))
                : nothing;
    }

    private static boolean isMissing(Throwable failed) {
        return BrokerException.reason(failed) instanceof BrokerException refused
                && refused.kind() == Kind.NOT_FOUND;
    }

    // Time ---------------------------------------------------------------------------------------

    /// Looks at what is over; called many times a second.
    public void tick() {
        if (!begun) {
            begun = true;
            streams.all().forEach(this::wakeThoseInUse);
        }
        for (Map.Entry<Key, CompletionStage<StreamConsumer>> each :
                new ArrayList<>(open.entrySet())) {
            each.getValue().thenAccept(consumer -> tick(each.getKey(), consumer));
        }
        if (++ticks % TICKS_A_LOOK == 0 && !rosters.isEmpty()) {
            rosters.keySet()
                    .retainAll(
                            streams.all().stream()
                                    .map(StreamTopic::id)
                                    .collect(Collectors.toSet()));
        }
    }

    private void tick(Key key, StreamConsumer consumer) {
        String name = key.name;
        if (consumer.isClosed()) {
            open.remove(key);
            known(key, all -> all.forget(name));
        } else if (consumer.tick()) {
            streams.all().stream()
                    .filter(stream -> stream.id().equals(key.stream))
                    .forEach(stream -> delete(stream.name(), name));
        } else if (consumer.isIdle()) {
            open.remove(key);
            known(key, all -> all.rest(name, consumer.progress()));
            consumer.close();
        }
    }

    private void known(Key key, Consumer<Roster> then) {
        CompletionStage<Roster> all = rosters.get(key.stream);
        if (all != null) {
            all.thenAccept(then);
        }
    }

    /// Those that push, or go when nobody uses them, do so although nobody has used them since the
    /// start.
    private void wakeThoseInUse(StreamTopic stream) {
        of(stream)
                .thenAccept(all -> {
                    for (ConsumerRecord record : all.records()) {
                        if (!record.config().mayRest()) {
                            wake(stream, all, record)
                                    .whenComplete((_, failed) -> warn(record, failed));
                        }
                    }
                });
    }

    private static void warn(ConsumerRecord record, @Nullable Throwable failed) {
        if (failed != null) {
            log.warn("consumer {} does not go on", record.name(), failed);
        }
    }
}
