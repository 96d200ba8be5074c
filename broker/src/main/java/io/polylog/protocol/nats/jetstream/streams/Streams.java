package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.Definitions;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The streams that there are: those that clients of JetStream made, and the topics of others that
/// they can read. Where two go by one name, the first has it: those that were made, then topics of
/// one partition. Any thread.
public final class Streams {
    private static final Comparator<StreamTopic> PRECEDENCE =
            Comparator.comparing((StreamTopic stream) -> !stream.isMade())
                    .thenComparing(stream -> stream.topic().partitions().size() > 1);

    private final Supplier<Definitions> definitions;
    private volatile Known known = new Known(-1, Map.of(), Map.of(), Map.of());

    /// By which definitions; of each topic, by name, and in order.
    private record Known(
            long version,
            Map<UUID, List<StreamTopic>> byTopic,
            Map<TopicName, StreamTopic> byName,
            Map<String, List<StreamTopic>> byNamespace) {
        /// Those of a topic as it now is.
        List<StreamTopic> of(Topic topic) {
            List<StreamTopic> before = byTopic.getOrDefault(topic.id(), List.of());
            return !before.isEmpty() && before.getFirst().topic().equals(topic)
                    ? before
                    : StreamTopic.of(topic);
        }
    }

    public Streams(Supplier<Definitions> definitions) {
        this.definitions = definitions;
    }

    /// What there is now. Most definitions change without a stream: those are read once.
    private Known known() {
        Definitions now = definitions.get();
        Known then = known;
        if (then.version == now.version()) {
            return then;
        }
        Map<UUID, List<StreamTopic>> byTopic = new HashMap<>();
        for (Topic topic : now.topics()) {
            List<StreamTopic> streams = then.of(topic);
            if (!streams.isEmpty()) {
                byTopic.put(topic.id(), streams);
            }
        }
        Known fresh =
                byTopic.equals(then.byTopic)
                        ? new Known(now.version(), then.byTopic, then.byName, then.byNamespace)
                        : sorted(now.version(), byTopic);
        known = fresh;
        return fresh;
    }

    private static Known sorted(long version, Map<UUID, List<StreamTopic>> byTopic) {
        Map<TopicName, StreamTopic> byName = new HashMap<>();
        byTopic.values().stream()
                .flatMap(List::stream)
                .sorted(PRECEDENCE)
                .forEach(stream -> byName.putIfAbsent(stream.name(), stream));
        Map<String, List<StreamTopic>> byNamespace =
                byName.values().stream()
                        .sorted(Comparator.comparing(stream -> stream.name().name()))
                        .collect(Collectors.groupingBy(stream -> stream.name().namespace()));
        return new Known(version, byTopic, byName, byNamespace);
    }

    /// A stream by its name.
    ///
    /// @throws ApiException where there is none
    public StreamTopic find(TopicName name) {
        StreamTopic found = there(name);
        if (found == null) {
            throw ApiError.STREAM_NOT_FOUND.plain();
        }
        return found;
    }

    /// As [#find], by what a client said.
    StreamTopic named(String namespace, String name) {
        if (name.isEmpty()) {
            throw ApiError.STREAM_NOT_FOUND.plain();
        }
        return find(new TopicName(namespace, name));
    }

    /// A stream by its name, or null.
    public @Nullable StreamTopic there(TopicName name) {
        return known().byName.get(name);
    }

    /// Whether a topic of that name keeps a stream from being made.
    public boolean isTaken(TopicName name) {
        return definitions.get().topic(name) != null;
    }

    /// All of a namespace, by name.
    public List<StreamTopic> all(String namespace) {
        return known().byNamespace.getOrDefault(namespace, List.of());
    }

    /// Those of a namespace that clients of JetStream made, by name.
    public List<StreamTopic> made(String namespace) {
        return all(namespace).stream().filter(StreamTopic::isMade).toList();
    }

    /// All of all namespaces.
    public List<StreamTopic> all() {
        return known().byNamespace.values().stream().flatMap(List::stream).toList();
    }

    /// The first that keeps what is published on a subject, or null: of several partitions any.
    public @Nullable StreamTopic keeping(String namespace, String subject) {
        String neutral = NatsSubjects.neutral(subject);
        for (StreamTopic stream : made(namespace)) {
            boolean own = stream.name().name().equals(neutral);
            if (own
                    || stream.config().subjects().stream()
                            .anyMatch(each -> NatsSubjects.matches(each, subject))) {
                return stream;
            }
        }
        Topic named =
                neutral.isEmpty()
                        ? null
                        : definitions.get().topic(new TopicName(namespace, neutral));
        List<StreamTopic> shares =
                named == null ? List.of() : known().byTopic.getOrDefault(named.id(), List.of());
        return shares.isEmpty() ? null : shares.getFirst();
    }

    /// Those with a subject that a pattern fits too; all for "". Topics of others only where no
    /// stream was made for it: who looks for the stream of a subject is to find one.
    public List<StreamTopic> on(String namespace, String pattern) {
        if (pattern.isEmpty()) {
            return all(namespace);
        }
        List<StreamTopic> made = made(namespace, pattern);
        return made.isEmpty() ? fitting(all(namespace), pattern) : made;
    }

    /// Those that clients of JetStream made, with a subject that a pattern fits too.
    public List<StreamTopic> made(String namespace, String pattern) {
        return fitting(made(namespace), pattern);
    }

    private static List<StreamTopic> fitting(List<StreamTopic> all, String pattern) {
        List<StreamTopic> fitting = new ArrayList<>();
        for (StreamTopic stream : all) {
            if (stream.config().subjects().stream().anyMatch(each -> Overlap.of(each, pattern))) {
                fitting.add(stream);
            }
        }
        return fitting;
    }
}
