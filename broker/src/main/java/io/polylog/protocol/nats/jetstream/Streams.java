package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Definitions;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The streams that there are. Any thread.
final class Streams {
    private final Supplier<Definitions> definitions;
    private volatile Known known = new Known(-1, Map.of());

    /// By which definitions, and by namespace.
    private record Known(long version, Map<String, List<StreamTopic>> streams) {}

    Streams(Supplier<Definitions> definitions) {
        this.definitions = definitions;
    }

    /// A stream by its name.
    ///
    /// @throws ApiException where there is none
    StreamTopic find(String namespace, String name) {
        StreamTopic found =
                name.isEmpty()
                        ? null
                        : StreamTopic.of(definitions.get().topic(new TopicName(namespace, name)));
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
        Definitions now = definitions.get();
        Known then = known;
        if (then.version != now.version()) {
            then = new Known(now.version(), byNamespace(now));
            known = then;
        }
        return then.streams.getOrDefault(namespace, List.of());
    }

    /// All of all namespaces.
    List<StreamTopic> all() {
        return byNamespace(definitions.get()).values().stream().flatMap(List::stream).toList();
    }

    private static Map<String, List<StreamTopic>> byNamespace(Definitions now) {
        return now.topics().stream()
                .map(StreamTopic::of)
                .filter(Objects::nonNull)
                .sorted(Comparator.comparing(stream -> stream.name().name()))
                .collect(Collectors.groupingBy(stream -> stream.name().namespace()));
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
