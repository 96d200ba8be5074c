package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Topic;
import io.polylog.broker.routing.Route;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A route worked out as far as it does not depend on the message: which streams of which shards.
final class RoutePlan {
    /// Streams of one shard.
    ///
    /// @param shard its number
    /// @param streams their ids
    record Leg(int shard, long[] streams) {}

    private final Route.Found found;
    private final List<Topic> topics;
    private final long session;
    private final boolean wantsOrigin;

    /// The legs when every topic has one partition; else worked out per message.
    private final @Nullable List<Leg> fixed;

    RoutePlan(Route route, long session) {
        this(route.found(), route.targets(), session);
    }

    private RoutePlan(Route.Found found, List<Topic> targets, long session) {
        this.found = found;
        topics = targets;
        this.session = session;
        wantsOrigin = topics.stream().anyMatch(t -> t.spec().policy().deadLetters() != null);
        boolean single = topics.stream().allMatch(topic -> topic.partitions().size() == 1);
        fixed = single ? keyed(null, -1) : null;
    }

    Route.Found found() {
        return found;
    }

    /// Whether a target may send the message elsewhere one day, by where it was published to.
    boolean wantsOrigin() {
        return wantsOrigin;
    }

    boolean isEmpty() {
        return topics.isEmpty();
    }

    /// Where a message goes.
    ///
    /// @param partition as asked for, or -1
    List<Leg> legs(Content content, int partition) {
        return fixed == null ? keyed(content.envelope().key(), partition) : fixed;
    }

    /// The same without some of the targets.
    RoutePlan without(Predicate<Topic> closed) {
        List<Topic> left = topics.stream().filter(closed.negate()).toList();
        return left.size() == topics.size() ? this : new RoutePlan(found, left, session);
    }

    private List<Leg> keyed(byte @Nullable [] key, int partition) {
        Topic.Partition[] targets = new Topic.Partition[topics.size()];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = Partitioning.choose(topics.get(i), partition, key, session);
        }
        return legs(targets);
    }

    private static List<Leg> legs(Topic.Partition[] targets) {
        if (targets.length == 1) {
            return List.of(new Leg(targets[0].shard(), new long[] {targets[0].stream()}));
        }
        return Arrays.stream(targets)
                .mapToInt(Topic.Partition::shard)
                .distinct()
                .mapToObj(shard -> new Leg(shard, streams(targets, shard)))
                .toList();
    }

    private static long[] streams(Topic.Partition[] targets, int shard) {
        return Arrays.stream(targets)
                .filter(target -> target.shard() == shard)
                .mapToLong(Topic.Partition::stream)
                .toArray();
    }
}
