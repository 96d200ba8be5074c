package io.polylog.broker.core;

import io.polylog.broker.Destination;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Death;
import io.polylog.broker.Trail.Origin;
import io.polylog.message.TopicName;
import org.jspecify.annotations.Nullable;

/// Where a message goes that an operator sends on. Any thread.
///
/// @param target the queue or topic it names, or "" where an exchange routes it
/// @param next what it counts as published to: for its origin, what it was published to there
/// @param address what queues find its key in that order by key
/// @param plan its targets, by the definitions of the moment; empty where nobody takes it
record Onward(String target, Origin next, Address address, RoutePlan plan) {
    /// Finds its way.
    ///
    /// @param namespace of the queue it is in
    /// @param spread chooses among the partitions of a target
    /// @return null where it is to go to its origin and has none
    static @Nullable Onward of(
            Core core, String namespace, Destination to, Content content, long spread) {
        return switch (to) {
            case Destination.Origin() -> toOrigin(core, namespace, content, spread);
            case Destination.Via(String exchange, String key) -> {
                Address address = new Address.Via(namespace, exchange, key, core.metadata(content));
                yield new Onward(
                        exchange.isEmpty() ? key : "",
                        Origin.of(exchange, key),
                        address,
                        core.ways().plan(address, content, spread));
            }
        };
    }

    private static @Nullable Onward toOrigin(
            Core core, String namespace, Content content, long spread) {
        Trail trail = content.envelope().trail();
        if (trail == null || trail.deaths().isEmpty()) {
            return null;
        }
        Death last = trail.deaths().getFirst();
        String queue = last.place().queue();
        Origin next = new Origin(last.place().exchange(), last.keys(), trail.origin().blind());
        String key = last.keys().isEmpty() ? queue : last.keys().getFirst();
        return new Onward(
                queue,
                next,
                new Address.Via(namespace, next.exchange(), key, core.metadata(content)),
                core.ways()
                        .plan(
                                new Address.Direct(new TopicName(namespace, queue), -1),
                                content,
                                spread));
    }

    /// The message as it goes: what operators did is on its trail.
    ///
    /// @param published where it was published to before
    /// @param by who sends it on
    Content content(Content stored, Origin published, String by, long timeMs) {
        Trail before = stored.envelope().trail();
        Trail trail = before == null ? new Trail(published) : before;
        return new Content(
                stored.encoding(),
                stored.envelope().with(trail.replayed(next, by, timeMs)),
                stored.bytes());
    }
}
