package io.polylog.broker.meta;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.command.AlterTopicCommand;
import io.polylog.broker.command.DeclareTopicCommand;
import io.polylog.broker.command.DeleteTopicCommand;
import io.polylog.broker.command.DropTransientCommand;
import io.polylog.broker.command.GrowTopicCommand;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Result;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.machine.Result.Value;
import io.polylog.broker.meta.Catalog.Counters;
import java.util.ArrayList;
import java.util.List;

/// Applies commands about topics to a catalog. Pure functions of catalog, command and time.
final class TopicApply {
    private TopicApply() {}

    /// @param catalog as it stands after the command
    /// @param result what to answer
    /// @param opened topics whose streams must be opened
    /// @param dropped topics whose streams must be dropped
    record Change(Catalog catalog, Result result, List<Topic> opened, List<Topic> dropped) {
        static Change none(Catalog catalog, Result result) {
            return new Change(catalog, result, List.of(), List.of());
        }
    }

    static Change declare(Catalog catalog, DeclareTopicCommand command, long timeMs) {
        TopicSpec spec = command.spec();
        Topic there = catalog.topic(spec.name());
        if (there == null) {
            return make(catalog, command, timeMs, List.of());
        }
        if (there.owner() != 0 && there.owner() != command.owner()) {
            return Change.none(
                    catalog,
                    new Failed(Kind.LOCKED, spec.name() + " belongs to another connection"));
        }
        if (there.spec().equivalent(spec)) {
            return confirm(catalog, there, spec);
        }
        if (there.spec().lifetime().provisional() && there.id().equals(command.replaces())) {
            return make(catalog.withoutTopic(there), command, timeMs, List.of(there));
        }
        return Change.none(
                catalog, new Failed(Kind.CONFLICT, spec.name() + " exists with other properties"));
    }

    /// A declaration that means what is there. The first explicit one ends its being provisional.
    private static Change confirm(Catalog catalog, Topic there, TopicSpec spec) {
        if (!there.spec().lifetime().provisional() || spec.lifetime().provisional()) {
            return Change.none(catalog, new Value(there));
        }
        Topic confirmed =
                catalog.ruled(
                        new Topic(
                                spec,
                                there.id(),
                                there.partitions(),
                                there.createdAtMs(),
                                there.owner()));
        return Change.none(catalog.withTopic(confirmed), new Value(confirmed));
    }

    private static Change make(
            Catalog catalog, DeclareTopicCommand command, long timeMs, List<Topic> dropped) {
        TopicSpec spec = command.spec();
        List<Topic.Partition> partitions = new ArrayList<>();
        Counters counters = place(catalog, spec, spec.partitions(), command.shards(), partitions);
        Topic topic =
                catalog.ruled(new Topic(spec, command.id(), partitions, timeMs, command.owner()));
        Catalog made = catalog.with(counters).withTopic(topic);
        return new Change(made, new Value(topic), List.of(topic), dropped);
    }

    private static Counters place(
            Catalog catalog,
            TopicSpec spec,
            int total,
            int shards,
            List<Topic.Partition> partitions) {
        long serial = catalog.counters().nextStream();
        boolean internal = spec.name().namespace().equals(Catalog.INTERNAL_NAMESPACE);
        for (int number = partitions.size(); number < total; number++) {
            long spread = internal ? number : serial;
            int shard = spec.lifetime().durable() ? (int) (spread % shards) : StreamId.MEMORY_SHARD;
            partitions.add(new Topic.Partition(number, StreamId.of(serial++, shard), shard));
        }
        return new Counters(serial, catalog.counters().nextProducer());
    }

    static Change grow(Catalog catalog, GrowTopicCommand command) {
        Topic there = catalog.topic(command.name());
        if (there == null) {
            return Change.none(catalog, new Failed(Kind.NOT_FOUND, "no topic " + command.name()));
        }
        int total = command.total();
        if (total <= there.partitions().size() || total > 10_000 || there.spec().isQueue()) {
            return Change.none(
                    catalog,
                    new Failed(
                            Kind.INVALID,
                            there.spec().name()
                                    + " has "
                                    + there.partitions().size()
                                    + " partitions and cannot have "
                                    + total));
        }
        List<Topic.Partition> partitions = new ArrayList<>(there.partitions());
        Counters counters = place(catalog, there.spec(), total, command.shards(), partitions);
        TopicSpec spec = there.spec();
        TopicSpec grown =
                new TopicSpec(
                        spec.name(),
                        spec.form(),
                        total,
                        spec.retention(),
                        spec.lifetime().confirmed(),
                        spec.policy(),
                        spec.arguments());
        Topic topic =
                catalog.ruled(
                        new Topic(
                                grown, there.id(), partitions, there.createdAtMs(), there.owner()));
        Catalog made = catalog.with(counters).withTopic(topic);
        return new Change(made, new Value(topic), List.of(topic), List.of());
    }

    /// What was made by mere use is meant from now on.
    static Change alter(Catalog catalog, AlterTopicCommand command) {
        Topic there = catalog.topic(command.id());
        if (there == null) {
            return Change.none(catalog, new Failed(Kind.NOT_FOUND, "it is gone"));
        }
        TopicSpec spec = there.spec();
        Retention now = spec.retention();
        Retention wanted = command.retention();
        if (now.untilSettled() != wanted.untilSettled()
                || now.newestPerKey() != wanted.newestPerKey()
                || now.removable() != wanted.removable()) {
            return Change.none(
                    catalog,
                    new Failed(Kind.INVALID, spec.name() + " cannot change what it keeps so much"));
        }
        boolean index =
                !wanted.perSubject().isNone() || wanted.ownTime() == OwnTime.HEEDED_BUT_LAST;
        if (index && !spec.policy().admission().indexed()) {
            return Change.none(
                    catalog, new Failed(Kind.INVALID, spec.name() + " has no index of subjects"));
        }
        QueuePolicy policy = command.policy() == null ? spec.policy() : command.policy();
        if (!canBecome(spec.policy(), policy, wanted)) {
            return Change.none(
                    catalog, new Failed(Kind.INVALID, spec.name() + " cannot have such a policy"));
        }
        TopicSpec changed =
                new TopicSpec(
                        spec.name(),
                        spec.form(),
                        spec.partitions(),
                        wanted,
                        spec.lifetime().confirmed(),
                        policy,
                        command.arguments());
        Topic topic =
                catalog.ruled(
                        new Topic(
                                changed,
                                there.id(),
                                there.partitions(),
                                there.createdAtMs(),
                                there.owner()));
        // Its streams hear how much they keep, and until when.
        boolean told =
                !now.perSubject().equals(wanted.perSubject())
                        || now.ownTime() != wanted.ownTime()
                        || now.kept() != wanted.kept()
                        || !topic.policy().equals(there.policy());
        return new Change(
                catalog.withTopic(topic),
                new Value(topic),
                told ? List.of(topic) : List.of(),
                List.of());
    }

    /// Whether a topic's policy can change so: what it would have to look at its messages for
    /// cannot.
    private static boolean canBecome(QueuePolicy now, QueuePolicy other, Retention kept) {
        Limits limits = other.limits();
        boolean limited = !limits.equals(now.limits());
        boolean sound = kept.removable() && limits.overflow() != Overflow.REFUSE_TO_DEAD_LETTERS;
        Admission admission = now.admission().with(other.admission().deduplication());
        return (!limited || sound) && now.with(limits).with(admission).equals(other);
    }

    static Change delete(Catalog catalog, DeleteTopicCommand command) {
        Topic there = catalog.topic(command.id());
        if (there == null) {
            return Change.none(catalog, new Failed(Kind.NOT_FOUND, "it is gone"));
        }
        Catalog left = ExchangeApply.dropUnbound(catalog, catalog.withoutTopic(there), there);
        return new Change(left, new Value(there), List.of(), List.of(there));
    }

    static Change dropTransient(Catalog catalog, DropTransientCommand command) {
        List<Topic> dropped = new ArrayList<>();
        Catalog left = catalog;
        for (Topic topic : catalog.allTopics()) {
            boolean goes =
                    command.owner() == 0
                            ? !topic.spec().lifetime().durable() || topic.owner() != 0
                            : topic.owner() == command.owner();
            if (goes) {
                dropped.add(topic);
                left = ExchangeApply.dropUnbound(left, left.withoutTopic(topic), topic);
            }
        }
        if (command.owner() == 0) {
            left = ExchangeApply.dropTransient(left);
        }
        return new Change(left, new Value((long) dropped.size()), List.of(), dropped);
    }
}
