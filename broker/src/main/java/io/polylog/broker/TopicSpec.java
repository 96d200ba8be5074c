package io.polylog.broker;

import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a topic or queue was asked for. A queue is a topic of form MESSAGES with one partition that
/// keeps a message until its shared subscription settled it.
///
/// @param name its name
/// @param form what its records are; fixed for life
/// @param partitions 1 or more; 1 for a queue
/// @param retention what is kept
/// @param lifetime when it goes away
/// @param policy what a queue does beyond keeping; [QueuePolicy#NONE] for what is no queue
/// @param arguments what else the declaring protocol said, as text by name; kept, compared on
///   re-declaration and shown, but without meaning to the core unless a later version gives it one
public record TopicSpec(
        TopicName name,
        Form form,
        int partitions,
        Retention retention,
        Lifetime lifetime,
        QueuePolicy policy,
        Map<String, String> arguments) {

    /// Without a policy.
    public TopicSpec(
            TopicName name,
            Form form,
            int partitions,
            Retention retention,
            Lifetime lifetime,
            Map<String, String> arguments) {
        this(name, form, partitions, retention, lifetime, QueuePolicy.NONE, arguments);
    }

    /// Of a topic of an adapter's own, told by no subject, whose messages are alarms: it has the
    /// last of each subject, and who heeds them is told when the time of one is there, until there
    /// is another.
    public static TopicSpec timers(TopicName name) {
        KeyOrder bySubject = new KeyOrder(KeySource.ROUTING_KEY, "");
        return new TopicSpec(
                name,
                Form.MESSAGES,
                1,
                Retention.FOREVER
                        .withRemoval()
                        .withPerSubject(1)
                        .withOwnTime(OwnTime.HEEDED_BUT_LAST),
                new Lifetime(true, false, false, false, false),
                QueuePolicy.NONE.with(new Admission(Deduplication.NONE, bySubject).withIndex()),
                Map.of());
    }

    public TopicSpec {
        arguments = Map.copyOf(arguments);
        if (retention.removable()
                && policy.limits().overflow() == Overflow.REFUSE_TO_DEAD_LETTERS) {
            throw new IllegalArgumentException("a topic that is no queue has no dead letters");
        }
        if (retention.removable() && form != Form.MESSAGES) {
            throw new IllegalArgumentException("only single messages can be removed");
        }
        if (policy.admission().indexed() && !retention.removable()) {
            throw new IllegalArgumentException("an index is of a topic that lets messages go");
        }
        if (policy.admission().firstOffset() > 0 && !retention.removable()) {
            throw new IllegalArgumentException("it begins with offset 0");
        }
        if (!retention.perSubject().isNone() && !policy.admission().indexed()) {
            throw new IllegalArgumentException("a limit for each subject needs an index");
        }
        if (retention.ownTime() == OwnTime.HEEDED_BUT_LAST && !policy.admission().indexed()) {
            throw new IllegalArgumentException("who keeps the last of a subject needs an index");
        }
        if (partitions < 1 || partitions > 10_000) {
            throw new IllegalArgumentException("partitions must be 1 to 10000, not " + partitions);
        }
    }

    /// What a record of the topic is.
    public enum Form {
        /// Producers' batches as sent, n offsets each, kept by time or size.
        BATCHES,
        /// One message an offset.
        MESSAGES
    }

    /// What becomes of messages that say how long they may wait
    /// ([Publication.Envelope#timeToLiveMs]). The order is the log's: add at the end only.
    public enum OwnTime {
        /// Nothing.
        IGNORED,
        /// They go when it is over. What may wait for ever ([Publication.Envelope#FOREVER])
        /// outlives [Retention#maxAgeMs] too.
        HEEDED,
        /// As [#HEEDED]; but the last message of its subject stays when its own time is over, or
        /// the topic's, until it is removed or another comes in its place: who sees to that is told
        /// of it ([Reader#whenLastIsOver]).
        HEEDED_BUT_LAST;

        public static final List<OwnTime> ALL = List.of(values());
    }

    /// What is kept. -1 means no limit.
    ///
    /// @param maxAgeMs milliseconds a record is kept
    /// @param maxBytes logical bytes kept per partition
    /// @param untilSettled kept until every subscription settled it (a queue)
    /// @param compaction how older records of a key go, or null when they stay
    /// @param removable whether single messages can be removed ([Session#remove]); not of a queue,
    ///   nor with compaction
    /// @param perSubject how many messages of each subject stay; only with an index
    ///   ([QueuePolicy.Admission#indexed])
    /// @param ownTime what becomes of messages that say how long they may wait; only where single
    ///   messages can be removed
    /// @param kept whether its named subscriptions decide how long a message stays; only where it
    ///   is removable
    public record Retention(
            long maxAgeMs,
            long maxBytes,
            boolean untilSettled,
            @Nullable Compaction compaction,
            boolean removable,
            PerSubject perSubject,
            OwnTime ownTime,
            Kept kept) {
        public static final Retention QUEUE = new Retention(-1, -1, true, false);
        public static final Retention FOREVER = new Retention(-1, -1, false, false);

        public Retention {
            if (!perSubject.isNone() && !removable) {
                throw new IllegalArgumentException("a limit for each subject needs removal");
            }
            if (ownTime != OwnTime.IGNORED && !removable) {
                throw new IllegalArgumentException("messages end one by one where they can go so");
            }
            if (kept != Kept.ALWAYS && !removable) {
                throw new IllegalArgumentException("what is wanted no more cannot be removed");
            }
            if (removable && (untilSettled || compaction != null)) {
                throw new IllegalArgumentException(
                        "messages cannot be removed one by one from a queue or compacted topic");
            }
        }

        /// Of which nothing is removed on request but the oldest.
        public Retention(
                long maxAgeMs,
                long maxBytes,
                boolean untilSettled,
                @Nullable Compaction compaction) {
            this(
                    maxAgeMs,
                    maxBytes,
                    untilSettled,
                    compaction,
                    false,
                    PerSubject.ALL,
                    OwnTime.IGNORED,
                    Kept.ALWAYS);
        }

        /// With the usual compaction, or none.
        public Retention(long maxAgeMs, long maxBytes, boolean untilSettled, boolean newestPerKey) {
            this(maxAgeMs, maxBytes, untilSettled, newestPerKey ? Compaction.USUAL : null);
        }

        /// The same of which single messages can be removed.
        public Retention withRemoval() {
            return new Retention(
                    maxAgeMs, maxBytes, untilSettled, compaction, true, perSubject, ownTime, kept);
        }

        /// The same that keeps the newest so many of each subject, or all where it is -1.
        public Retention withPerSubject(long most) {
            return with(new PerSubject(most, false));
        }

        /// The same with another limit for each subject.
        public Retention with(PerSubject other) {
            return new Retention(
                    maxAgeMs, maxBytes, untilSettled, compaction, removable, other, ownTime, kept);
        }

        /// The same that does so with messages that say how long they may wait.
        public Retention withOwnTime(OwnTime other) {
            return new Retention(
                    maxAgeMs,
                    maxBytes,
                    untilSettled,
                    compaction,
                    removable,
                    perSubject,
                    other,
                    kept);
        }

        /// The same kept as long as subscriptions say.
        public Retention with(Kept other) {
            return new Retention(
                    maxAgeMs,
                    maxBytes,
                    untilSettled,
                    compaction,
                    removable,
                    perSubject,
                    ownTime,
                    other);
        }

        /// Whether older records of a key may go.
        public boolean newestPerKey() {
            return compaction != null;
        }
    }

    /// Whether a topic's named subscriptions decide how long a message stays: each for itself wants
    /// what its filter lets through and it has not settled. Readers by offset do not count.
    /// Whatever they say, a message goes that is removed, or too old or too much. The order is the
    /// log's: add at the end only.
    public enum Kept {
        /// They do not.
        ALWAYS,
        /// It goes when the last that wanted it has it no more, unless that gave it up because it
        /// came back too often. What none wants when it is published has its offset and is not
        /// kept.
        WHILE_WANTED,
        /// It goes when one has done with it: accepted it or rejected it. What left a subscription
        /// because it came back too often, was too old or not what it wants stays.
        UNTIL_DONE;

        public static final List<Kept> ALL = List.of(values());
    }

    /// How many messages of each subject stay, exact as soon as one is stored.
    ///
    /// @param most how many, 1 or more; -1 for all
    /// @param refuses whether one more is refused, unless it replaces others
    ///   ([Publication.Replaces]); else the oldest of the subject goes
    public record PerSubject(long most, boolean refuses) {
        public static final PerSubject ALL = new PerSubject(-1, false);

        public PerSubject {
            if (most == 0 || most < -1 || (most < 0 && refuses)) {
                throw new IllegalArgumentException("no limit of " + most + " a subject");
            }
        }

        /// Whether all stay.
        public boolean isNone() {
            return most < 0;
        }

        /// Whether the newest stay, and older ones go for them.
        public boolean keepsNewest() {
            return most > 0 && !refuses;
        }
    }

    /// How records go that a newer one of their key supersedes.
    ///
    /// @param lagMs milliseconds a record stays at least
    /// @param tombstoneMs milliseconds a tombstone stays, for readers of what it ends
    /// @param dirtyPercent how much of the topic must be new before it is looked through, 0 to 100
    public record Compaction(long lagMs, long tombstoneMs, int dirtyPercent) {
        public static final Compaction USUAL = new Compaction(0, 86_400_000, 50);
    }

    /// When it goes away by itself.
    ///
    /// @param durable survives a restart; if not, it and its messages live in memory
    /// @param autoDelete goes when the last consumer that was there has gone
    /// @param exclusive belongs to the declaring session and goes with it
    /// @param listed has a place in the subject space and in other protocols' listings; false for
    ///   server-named, exclusive and auto-delete ones
    /// @param provisional made by mere use: while empty, the first explicit declaration sets its
    ///   kind
    public record Lifetime(
            boolean durable,
            boolean autoDelete,
            boolean exclusive,
            boolean listed,
            boolean provisional) {
        public static final Lifetime DURABLE = new Lifetime(true, false, false, true, false);

        /// The same of a topic that somebody has asked for.
        public Lifetime confirmed() {
            return new Lifetime(durable, autoDelete, exclusive, listed, false);
        }
    }

    /// Whether a re-declaration with `other` finds this topic rather than conflicting with it.
    public boolean equivalent(TopicSpec other) {
        return name.equals(other.name)
                && form == other.form
                && partitions == other.partitions
                && retention.equals(other.retention)
                && lifetime.durable() == other.lifetime.durable()
                && lifetime.autoDelete() == other.lifetime.autoDelete()
                && lifetime.exclusive() == other.lifetime.exclusive()
                && policy.equals(other.policy)
                && arguments.equals(other.arguments);
    }

    /// Whether it is a queue: messages, kept until settled.
    public boolean isQueue() {
        return form == Form.MESSAGES && retention.untilSettled();
    }
}
