package io.polylog.broker.core;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.Topic;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.live.Audience;
import io.polylog.broker.live.LiveTable;
import io.polylog.broker.routing.Route;
import io.polylog.broker.routing.Subjects;
import io.polylog.message.TopicName;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A route worked out as far as it does not depend on the message: which streams of which shards.
final class RoutePlan {
    /// Streams of one shard.
    ///
    /// @param shard its number
    /// @param streams their ids
    /// @param orders by which key each tells apart what it gets; null where no target asks
    /// @param versions by which key each keeps versions; null where no target does
    /// @param indexed whether a target knows messages by their subjects
    record Leg(
            int shard,
            long[] streams,
            @Nullable List<KeyOrder> orders,
            @Nullable List<KeyOrder> versions,
            boolean indexed) {
        boolean has(long stream) {
            return Arrays.stream(streams).anyMatch(each -> each == stream);
        }

        /// By which key a stream of it tells apart what it gets.
        KeyOrder order(long stream) {
            for (int i = 0; orders != null && i < streams.length; i++) {
                if (streams[i] == stream) {
                    return orders.get(i);
                }
            }
            return KeyOrder.NONE;
        }
    }

    /// What becomes of a message on another way than as it was published: what bindings made of it,
    /// or the dead letter that it is.
    ///
    /// @param content what is stored
    /// @param address what queues find its key in that order by key
    /// @param plan where that goes
    record Branch(Content content, Address address, RoutePlan plan) {}

    private final Route.Found found;
    private final List<Topic> topics;
    private final List<Branch> branches;

    private final Subjects subjects;

    /// Who listens to those; asked again when others do.
    private @Nullable Audience audience;

    private final long session;
    private final boolean wantsOrigin;

    /// Whether a target tells messages by their ids.
    private final boolean wantsIds;

    /// The schemas of its targets.
    private final List<String> schemas;

    /// Whether a target keeps versions of keys.
    private final boolean wantsVersions;

    /// Whether a target tells what it gets apart by a key that its shard does not see.
    private final boolean wantsKeys;

    /// The legs when every topic has one partition; else worked out per message.
    private final @Nullable List<Leg> fixed;

    /// @param branches where else it goes, as something else
    RoutePlan(Route route, List<Branch> branches, long session) {
        this(route.found(), route.targets(), branches, route.subjects(), session);
    }

    RoutePlan(
            Route.Found found,
            List<Topic> targets,
            List<Branch> branches,
            Subjects subjects,
            long session) {
        this.found = found;
        this.subjects = subjects;
        this.branches = List.copyOf(branches);
        topics = targets;
        this.session = session;
        wantsOrigin = topics.stream().anyMatch(t -> t.policy().deadLetters() != null);
        wantsIds = topics.stream().anyMatch(RoutePlan::wantsId);
        schemas = Schemas.of(topics);
        wantsVersions = topics.stream().anyMatch(topic -> !versionsOf(topic).isNone());
        wantsKeys = topics.stream().anyMatch(RoutePlan::wantsKey);
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

    /// Whether a target is not to store a message twice, known by its id.
    boolean wantsIds() {
        return wantsIds;
    }

    /// Why the body of a message does not fit the schema of a target; null where it does.
    @Nullable String problem(Content content, Schemas known) {
        return schemas.isEmpty() ? null : known.problem(schemas, content);
    }

    /// Whether nothing stores it, nor what is made of it.
    boolean isEmpty() {
        return topics.isEmpty() && branches.stream().allMatch(each -> each.plan.isEmpty());
    }

    /// Where else it goes, as something else.
    List<Branch> branches() {
        return branches;
    }

    /// Whether somebody hears it now, or what is made of it.
    ///
    /// @param sender as [#audience] has it
    boolean isHeard(LiveTable listeners, long sender) {
        return !audience(listeners, sender).isEmpty()
                || branches.stream().anyMatch(each -> each.plan.isHeard(listeners, sender));
    }

    /// Who hears a message now.
    ///
    /// @param sender id of the session that publishes it, the same each time
    Audience audience(LiveTable listeners, long sender) {
        Audience known = audience;
        if (known == null || known.version() != listeners.version()) {
            known = listeners.audience(subjects, sender);
            audience = known;
        }
        return known;
    }

    /// What it was published on, for those who hear it.
    Subjects subjects() {
        return subjects;
    }

    /// The partition that an expectation is about: it decides whether anything is stored. Null
    /// where it cannot be told if it holds: no target is meant, or it is about a key that the
    /// message has not got, or whose versions the topic does not keep, or about subjects that the
    /// topic does not know.
    Topic.@Nullable Partition deciding(
            Publication publication, int partition, Surroundings.Opener opener) {
        Expectation expected = Objects.requireNonNull(publication.expectation());
        Topic topic = meant(expected.topic(), publication.asks());
        if (topic == null
                || (expected.of() == Scope.KEY
                        && !(isIndexed(topic) && versionsOf(topic).isNone())
                        && versioned(topic, expected, publication, opener) == null)
                || (expected.of() == Scope.FITTING && !isIndexed(topic))) {
            return null;
        }
        byte @Nullable [] key = publication.content().envelope().key();
        return Partitioning.choose(topic, partition, key, session);
    }

    private @Nullable Topic meant(@Nullable TopicName named, @Nullable TopicName asks) {
        if (named == null && topics.size() == 1) {
            return topics.getFirst();
        }
        TopicName name = named == null ? asks : named;
        return name == null ? null : target(name);
    }

    private @Nullable Topic target(TopicName name) {
        for (Topic topic : topics) {
            if (topic.spec().name().equals(name)) {
                return topic;
            }
        }
        return null;
    }

    /// Of the key that an expectation is about, or null.
    private static @Nullable KeyDigest versioned(
            Topic topic,
            Expectation expected,
            Publication publication,
            Surroundings.Opener opener) {
        KeyOrder versions = versionsOf(topic);
        String named = expected.key();
        if (versions.isNone() || named == null) {
            return OrderingKeys.digest(
                    versions, publication.address(), publication.content(), opener);
        }
        return KeyDigest.of(named);
    }

    /// Whether it can take the place of others: where its sender asks about a target, or there is
    /// one only, and that lets messages go, and knows their subjects where that matters.
    boolean fits(Replaces replaces, @Nullable TopicName asks) {
        Topic topic = replaces == Replaces.NOTHING ? null : meant(asks, null);
        return replaces == Replaces.NOTHING
                || (topic != null
                        && topic.spec().retention().removable()
                        && (replaces == Replaces.STREAM || isIndexed(topic)));
    }

    /// Where a message goes.
    ///
    /// @param partition as asked for, or -1
    List<Leg> legs(Content content, int partition) {
        return fixed == null ? keyed(content.envelope().key(), partition) : fixed;
    }

    /// The partition of a topic that a message goes to; null where the topic is no target.
    ///
    /// @param partition as asked for, or -1
    Topic.@Nullable Partition partition(TopicName name, Content content, int partition) {
        Topic topic = target(name);
        return topic == null
                ? null
                : Partitioning.choose(topic, partition, content.envelope().key(), session);
    }

    /// The same without some of the targets.
    RoutePlan without(Predicate<Topic> closed) {
        List<Topic> left = topics.stream().filter(closed.negate()).toList();
        List<Branch> others =
                branches.stream()
                        .map(each ->
                                new Branch(each.content, each.address, each.plan.without(closed)))
                        .toList();
        return left.size() == topics.size() && others.equals(branches)
                ? this
                : new RoutePlan(found, left, others, subjects, session);
    }

    private List<Leg> keyed(byte @Nullable [] key, int partition) {
        Topic.Partition[] targets = new Topic.Partition[topics.size()];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = Partitioning.choose(topics.get(i), partition, key, session);
        }
        return legs(targets);
    }

    private List<Leg> legs(Topic.Partition[] targets) {
        if (targets.length == 1) {
            return List.of(leg(targets, targets[0].shard()));
        }
        return Arrays.stream(targets)
                .mapToInt(Topic.Partition::shard)
                .distinct()
                .mapToObj(shard -> leg(targets, shard))
                .toList();
    }

    private Leg leg(Topic.Partition[] targets, int shard) {
        return new Leg(
                shard,
                streams(targets, shard),
                wantsKeys ? keys(targets, shard, RoutePlan::orderOf) : null,
                wantsVersions ? keys(targets, shard, RoutePlan::versionsOf) : null,
                topics.stream().anyMatch(RoutePlan::isIndexed));
    }

    private static boolean isIndexed(Topic topic) {
        return topic.spec().policy().admission().indexed();
    }

    private List<KeyOrder> keys(
            Topic.Partition[] targets, int shard, Function<Topic, KeyOrder> by) {
        return IntStream.range(0, targets.length)
                .filter(i -> targets[i].shard() == shard)
                .mapToObj(i -> by.apply(topics.get(i)))
                .toList();
    }

    private static boolean wantsKey(Topic topic) {
        KeySource by = orderOf(topic).by();
        return by == KeySource.ROUTING_KEY || by == KeySource.HEADER;
    }

    private static boolean wantsId(Topic topic) {
        return !topic.spec().policy().admission().deduplication().isNone();
    }

    private static KeyOrder versionsOf(Topic topic) {
        return topic.spec().policy().admission().keyVersions();
    }

    static KeyOrder orderOf(Topic topic) {
        return topic.policy().service().telling();
    }

    private static long[] streams(Topic.Partition[] targets, int shard) {
        return Arrays.stream(targets)
                .filter(target -> target.shard() == shard)
                .mapToLong(Topic.Partition::stream)
                .toArray();
    }
}
