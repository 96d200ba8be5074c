package io.polylog.broker.routing;

import io.polylog.broker.Topic;
import java.util.List;

/// Where a message goes.
///
/// @param found whether it was routed at all
/// @param targets every topic and queue it reaches, each once; may be empty when routed
/// @param byKeysAlone whether every message with the same keys goes there while nothing is
///   redefined
/// @param subjects for those who listen to subjects
public record Route(Found found, List<Topic> targets, boolean byKeysAlone, Subjects subjects) {
    static final Route NOT_FOUND = new Route(Found.NOT_FOUND, List.of());
    static final Route CLOSED = new Route(Found.CLOSED, List.of());

    /// Decided by the keys alone.
    public Route(Found found, List<Topic> targets) {
        this(found, targets, true, Subjects.NONE);
    }

    public Route {
        targets = List.copyOf(targets);
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
