package io.polylog.broker.routing;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Topic;
import io.polylog.broker.routing.Screening.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a message goes.
///
/// @param found whether it was routed at all
/// @param targets every topic and queue it reaches as it was published, each once; may be empty
///   when routed
/// @param byKeysAlone whether every message with the same keys goes there while nothing is
///   redefined
/// @param subjects for those who listen to subjects
/// @param made what bindings made of it, each for other targets
/// @param rejected the queues to which it would go, had their bindings not failed
public record Route(
        Found found,
        List<Topic> targets,
        boolean byKeysAlone,
        Subjects subjects,
        List<Made> made,
        List<Rejected> rejected) {
    static final Route NOT_FOUND = new Route(Found.NOT_FOUND, List.of());
    static final Route CLOSED = new Route(Found.CLOSED, List.of());
    static final Route NOWHERE = new Route(Found.ROUTED, List.of());

    /// What bindings made of a message.
    ///
    /// @param targets every topic and queue that this reaches, each once
    /// @param subjects for those who listen to subjects
    public record Made(Shape shape, List<Topic> targets, Subjects subjects) {
        public Made {
            targets = List.copyOf(targets);
        }
    }

    /// A message for which a binding could not be asked.
    ///
    /// @param queue that it led to
    /// @param shape the message as it came there; null for as it was published
    /// @param error why
    public record Rejected(Topic queue, @Nullable Shape shape, String error) {
        /// What was to be stored.
        ///
        /// @param published what was published
        public Content content(Content published) {
            return shape == null ? published : shape.content();
        }
    }

    /// Decided by the keys alone.
    public Route(Found found, List<Topic> targets) {
        this(found, targets, true, Subjects.NONE, List.of(), List.of());
    }

    public Route {
        targets = List.copyOf(targets);
        made = List.copyOf(made);
        rejected = List.copyOf(rejected);
    }

    /// The same without one target.
    Route without(Topic topic) {
        return new Route(
                found,
                without(targets, topic),
                byKeysAlone,
                subjects,
                made.stream()
                        .map(each ->
                                new Made(each.shape, without(each.targets, topic), each.subjects))
                        .toList(),
                rejected.stream().filter(each -> !each.queue.id().equals(topic.id())).toList());
    }

    private static List<Topic> without(List<Topic> targets, Topic topic) {
        return targets.stream().filter(each -> !each.id().equals(topic.id())).toList();
    }

    /// Whether the address names something that may be published to.
    public enum Found {
        ROUTED,
        /// There is no such exchange.
        NOT_FOUND,
        /// The exchange takes from bindings only.
        CLOSED
    }
}
