package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Definitions;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The streams that there are. Any thread.
final class Streams {
    private final Supplier<Definitions> definitions;
    private volatile Known known = new Known(-1, Map.of(), Map.of());

    /// By which definitions; by name, and in order.
    private record Known(
            long version,
            Map<TopicName, StreamTopic> byName,
            Map<String, List<StreamTopic>> byNamespace) {}

    Streams(Supplier<Definitions> definitions) {
        this.definitions = definitions;
    }

    /// What there is now. Most definitions change without a stream: those are read once.
    private Known known() {
        Definitions now = definitions.get();
        Known then = known;
        if (then.version == now.version()) {
            return then;
        }
        Map<TopicName, StreamTopic> byName = new HashMap<>();
        for (Topic topic : now.topics()) {
            StreamTopic before = then.byName.get(topic.spec().name());
            StreamTopic stream =
                    before != null && before.topic().equals(topic) ? before : StreamTopic.of(topic);
            if (stream != null) {
                byName.put(stream.name(), stream);
            }
        }
        Map<String, List<StreamTopic>> byNamespace =
                byName.values().stream()
                        .sorted(Comparator.comparing(stream -> stream.name().name()))
                        .collect(Collectors.groupingBy(stream -> stream.name().namespace()));
        Known fresh = new Known(now.version(), byName, byNamespace);
        known = fresh;
        return fresh;
    }

    /// A stream by its name.
    ///
    /// @throws ApiException where there is none
    StreamTopic find(String namespace, String name) {
        StreamTopic found =
                name.isEmpty() ? null : known().byName.get(new TopicName(namespace, name));
        if (found == null) {
            throw ApiError.STREAM_NOT_FOUND.plain();
        }
        return found;
    }

    boolean isTaken(TopicName name) {
        return definitions.get().topic(name) != null;
    }

    /// All of a namespace, by name.
    List<StreamTopic> all(String namespace) {
        return known().byNamespace.getOrDefault(namespace, List.of());
    }

    /// All of all namespaces.
    List<StreamTopic> all() {
        return known().byNamespace.values().stream().flatMap(List::stream).toList();
    }

    /// The first that keeps what is published on a subject, or null.
    @Nullable StreamTopic keeping(String namespace, String subject) {
        for (StreamTopic stream : all(namespace)) {
            boolean own = stream.name().name().equals(NatsSubjects.neutral(subject));
            if (own
                    || stream.config().subjects().stream()
                            .anyMatch(each -> NatsSubjects.matches(each, subject))) {
                return stream;
            }
        }
        return null;
    }

    /// Those with a subject that a pattern fits too; all for "".
    List<StreamTopic> on(String namespace, String pattern) {
        return all(namespace).stream()
                .filter(stream ->
                        pattern.isEmpty()
                                || stream.config().subjects().stream()
                                        .anyMatch(subject -> Overlap.of(subject, pattern)))
                .toList();
    }
}
