package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Definitions;
import io.polylog.message.TopicName;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/// The streams that there are. Any thread.
final class Streams {
    private final Supplier<Definitions> definitions;

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
        return definitions.get().topics().stream()
                .filter(topic -> topic.spec().name().namespace().equals(namespace))
                .map(StreamTopic::of)
                .filter(Objects::nonNull)
                .sorted(Comparator.comparing(stream -> stream.name().name()))
                .toList();
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
