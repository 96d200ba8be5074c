package io.polylog.broker.shard;

import io.polylog.broker.Interest;
import io.polylog.broker.Mailbox;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.PerSubject;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.OpenStreamCommand;
import io.polylog.broker.command.OpenStreamCommand.Keeps;
import io.polylog.broker.command.Policies;
import io.polylog.broker.command.Specs;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One sequence of offsets: a partition or a queue. The shard's thread changes it; other threads
/// read [#visibleEnd] and [#visibleStart] only.
final class Stream extends Cell {
    /// Bits of the cell; version 1 has the first only.
    private static final int SEALED = 1;

    private static final int POLICY = 2;
    private static final int EXPIRING = 4;
    private static final int KEPT = 8;
    private static final int PER_SUBJECT = 16;
    private static final int REFUSES = 32;
    private static final int OWN_TIME = 64;
    private static final int KEPT_AS = 128;

    private static final Subscription[] NO_SUBSCRIPTIONS = new Subscription[0];

    final long id;

    final Keeps keeps;

    /// The next offset.
    long end;

    /// The oldest offset owed.
    long start;

    /// Its removal is being decided: nothing may be added meanwhile. Only an empty one is.
    boolean sealed;

    /// What it does with messages beyond keeping them.
    QueuePolicy policy = QueuePolicy.NONE;

    /// Whether its policy changed since it was looked at last.
    boolean policed;

    /// Something was stored that says how long it may wait.
    boolean expiring;

    /// How many ids of subscriptions were given: they come round, and those in use are passed over.
    int nextSubscription;

    /// By id.
    Subscription[] subscriptions = NO_SUBSCRIPTIONS;

    /// Volatile: more of them, where they are many.
    @Nullable ManySubscriptions many;

    @Nullable ProducerTable producers;

    /// What it has to send elsewhere; null when it never had.
    @Nullable Outbox outbox;

    /// What it notes of its messages; null while there is nothing of it.
    @Nullable Attributes attributes;

    /// What it holds, where time or size may end it.
    @Nullable Outline outline;

    /// Volatile: whether the running commit changed it.
    boolean touched;

    /// Volatile: deletion has begun, no consumer may come.
    boolean closing;

    /// Volatile: who waits for its end to grow.
    @Nullable List<Watcher> watchers;

    /// One past the newest offset that was durable at the last commit.
    volatile long visibleEnd;

    /// The oldest offset owed at the last commit.
    volatile long visibleStart;

    Stream(long id, Keeps keeps) {
        this.id = id;
        this.keeps = keeps;
    }

    /// A queue: a record is owed until every subscription has settled it.
    boolean untilSettled() {
        return keeps == Keeps.UNTIL_SETTLED;
    }

    /// Whether single messages of it can be removed.
    boolean removable() {
        return keeps == Keeps.REMOVABLE;
    }

    /// Whether its own subscription tells what is not owed: settled, superseded, or removed.
    boolean hasOwn() {
        return keeps == Keeps.UNTIL_SETTLED || keeps == Keeps.COMPACTED || removable();
    }

    /// A queue that keeps messages that are settled, its newest part.
    boolean keepsSettled() {
        return untilSettled() && !policy.keep().isNothing();
    }

    /// From here on it keeps what is settled; Long.MAX_VALUE where it keeps nothing that is.
    long keptFrom() {
        if (!keepsSettled()) {
            return Long.MAX_VALUE;
        }
        // What had gone before it began to keep does not come back.
        return attributes == null ? start : Math.max(start, attributes.keptFrom);
    }

    /// The oldest offset that it may let go because of time or size.
    long limitedFrom() {
        return keepsSettled() ? keptFrom() : start;
    }

    /// Whether it may be trimmed by time or size.
    boolean hasOutline() {
        return !untilSettled() ? keeps != Keeps.NEWEST_STAGED : keepsSettled();
    }

    /// Waits for the end of a stream to pass an offset.
    record Watcher(long offset, Mailbox mailbox, Runnable alarm) {}

    ProducerTable producers() {
        ProducerTable table = producers;
        if (table == null) {
            table = new ProducerTable(id);
            producers = table;
        }
        return table;
    }

    KeyTable keys() {
        return attributes().keys();
    }

    /// Of a compacted stream: everything below was compared with what is below.
    long cleanTo() {
        return attributes == null ? 0 : attributes.cleanTo;
    }

    /// Its outbox, touched for a change.
    Outbox outbox(Cells cells) {
        Outbox there = outbox;
        if (there == null) {
            there = cells.born(new Outbox(id));
            outbox = there;
        } else {
            cells.touch(there);
        }
        return there;
    }

    Attributes attributes() {
        Attributes known = attributes;
        if (known == null) {
            known = new Attributes(id);
            attributes = known;
        }
        return known;
    }

    /// The levels of its messages; null while all stand at the usual one.
    @Nullable Levels levels() {
        Levels known = attributes == null ? null : attributes.levels;
        return known == null || known.isEmpty() ? null : known;
    }

    /// A message was appended that has a key to tell it apart by.
    ///
    /// @param hash of the key, or 0 for none
    void order(long offset, int hash, Cells cells) {
        if (hash != 0 && untilSettled()) {
            attributes().keyHashes().put(offset, hash, cells);
        }
    }

    /// Whether its messages may stand at several levels.
    boolean hasLevels() {
        return policy.service().priorities().levels() > 1 && untilSettled();
    }

    /// Whether its messages take turns by a key.
    boolean isFair() {
        return !policy.service().fairShare().isNone() && untilSettled();
    }

    /// Whether its messages are not read one after the other.
    boolean isScattered() {
        return hasLevels() || isFair();
    }

    /// A message was appended.
    ///
    /// @param priority its own, or -1
    void prioritize(long offset, int priority, Cells cells) {
        if (priority >= 0 && hasLevels()) {
            Priorities priorities = policy.service().priorities();
            int level = Math.min(priority, priorities.levels() - 1);
            attributes().levels(priorities.usual()).put(offset, level, cells);
        }
    }

    /// A message was appended: where bytes are limited, they are counted.
    void weigh(long offset, int bytes, Cells cells) {
        if (policy.limits().maxBytes() >= 0 && (untilSettled() || removable())) {
            Attributes noted = attributes();
            noted.sizes().put(offset, bytes, cells);
            noted.heldBytes += bytes;
        }
    }

    /// Bytes are limited from now on, or not any more; the caller has touched it. What is there is
    /// taken to be as large as the average of what was stored with it.
    void weighAll(Cells cells) {
        boolean limited = policy.limits().maxBytes() >= 0;
        if (!removable() || limited == weighs()) {
            return;
        }
        if (!limited) {
            attributes().forgetSizes(cells);
            return;
        }
        attributes().sizes();
        Subscription own = subscription(LifecycleApply.OWN);
        if (outline != null && own != null) {
            outline.eachAverage(own.settled, end, (offset, bytes) -> weigh(offset, bytes, cells));
        }
    }

    /// Whether the bytes it holds are counted.
    boolean weighs() {
        return attributes != null && attributes.sizes != null;
    }

    /// Its own subscription settles what it finds unsettled in a range; the caller has touched the
    /// stream.
    void unweigh(long first, long end) {
        if (weighs()) {
            attributes().heldBytes -= attributes().sizes().sum(first, end);
        }
    }

    /// Its own subscription is owed a range again that it had settled.
    void reweigh(long first, long end) {
        if (weighs()) {
            attributes().heldBytes += attributes().sizes().sum(first, end);
        }
    }

    /// Payload bytes of what its own subscription has not settled, where bytes are limited.
    long heldBytes() {
        return attributes == null ? 0 : attributes.heldBytes;
    }

    /// The index of its subjects; null where it has none.
    @Nullable SubjectIndex index() {
        return removable() && policy.admission().indexed() ? attributes().index() : null;
    }

    /// How many of each subject stay.
    PerSubject perSubject() {
        return attributes == null ? PerSubject.ALL : attributes.perSubject;
    }

    /// What becomes of messages that say how long they may wait.
    OwnTime ownTime() {
        return attributes == null ? OwnTime.IGNORED : attributes.ownTime;
    }

    /// Whether its subscriptions say what stays.
    Kept kept() {
        return attributes == null ? Kept.ALWAYS : attributes.kept;
    }

    /// Everything below an offset has gone.
    void forgetBelow(long floor, Cells cells) {
        if (attributes != null) {
            attributes.forgetBelow(floor, cells);
        }
    }

    /// A record was appended to what is kept by time or size.
    void outline(long offset, int payloadBytes, long timeMs, long ownTimeMs, Cells cells) {
        Outline known = outline;
        if (known == null) {
            known = cells.born(new Outline(id));
            outline = known;
        } else {
            cells.touch(known);
        }
        known.add(offset, payloadBytes, timeMs, ownTimeMs);
    }

    @Nullable Subscription subscription(long subscriptionId) {
        int place = ManySubscriptions.place(subscriptions, subscriptionId);
        return place < subscriptions.length && subscriptions[place].id == subscriptionId
                ? subscriptions[place]
                : null;
    }

    /// Its own is the first that was made.
    private @Nullable Subscription own() {
        return subscriptions.length > 0 && subscriptions[0].isOwn() ? subscriptions[0] : null;
    }

    @Nullable Subscription subscription(String name) {
        if (name.equals(LifecycleApply.OWN)) {
            return own();
        }
        if (many != null) {
            return many.named(name);
        }
        for (Subscription subscription : subscriptions) {
            if (subscription.name.equals(name)) {
                return subscription;
            }
        }
        return null;
    }

    /// Those that may not want messages for ever, and perhaps others.
    Subscription[] mayExpire() {
        return many == null ? subscriptions : many.expiring;
    }

    /// Those that have consumers, and perhaps others.
    Subscription[] served() {
        return many == null ? subscriptions : many.served;
    }

    /// A subscription has its first consumer, or lost its last one.
    void serve(Subscription subscription, boolean some) {
        if (many != null) {
            many.serve(subscription, some);
        }
    }

    /// Those that went in this commit.
    List<Subscription> dropped() {
        return attributes == null ? List.of() : attributes.dropped;
    }

    void dropped(List<Subscription> gone) {
        if (attributes != null || !gone.isEmpty()) {
            attributes().dropped = gone;
        }
    }

    void add(Subscription subscription) {
        subscriptions = ManySubscriptions.with(subscriptions, subscription);
        if (many != null) {
            many.add(subscription);
        } else if (subscriptions.length > ManySubscriptions.FEW) {
            many = new ManySubscriptions(subscriptions);
        }
    }

    /// A subscription is for something else than before.
    void altered(Subscription subscription) {
        if (many != null) {
            many.altered(subscription);
        }
    }

    void remove(Subscription gone) {
        subscriptions = ManySubscriptions.without(subscriptions, gone);
        if (many != null) {
            many.remove(gone);
        }
    }

    /// The oldest offset some subscription has not settled.
    long settledFloor() {
        long floor = end;
        for (Subscription subscription : subscriptions) {
            floor = Math.min(floor, subscription.settled.floor());
        }
        return outbox == null ? floor : Math.min(floor, outbox.floor());
    }

    /// Whether what its own subscription has settled is owed to nobody.
    private boolean settledByOwn() {
        return hasOwn() && (subscriptions.length == 1 || !untilSettled());
    }

    /// Gives the offsets from `from` to `to` (excluded) that nobody is owed and are not kept.
    void eachSettled(long from, long to, Range taker) {
        Subscription own = subscription(LifecycleApply.OWN);
        if (own == null || !settledByOwn()) {
            return;
        }
        long limit = Math.min(to, keptFrom());
        Outbox sends = outbox;
        Range sink = sends == null ? taker : (first, end) -> sends.eachOther(first, end, taker);
        Run run = new Run();
        long position = from;
        while (own.settled.find(position, limit, run)) {
            if (run.first > position) {
                sink.range(position, run.first);
            }
            position = run.end;
        }
        if (position < limit) {
            sink.range(position, limit);
        }
    }

    /// Offsets that follow each other.
    @FunctionalInterface
    interface Range {
        void range(long from, long end);
    }

    /// Whether messages of it may wait too long.
    boolean expires() {
        return expiring || policy.expiry().messageMs() >= 0;
    }

    /// Whether something of it is to go elsewhere.
    boolean sends() {
        return outbox != null && !outbox.isEmpty();
    }

    /// Which limit keeps it from taking one more message, or null. A queue takes one when it has
    /// room for something, a topic when that has room.
    ///
    /// @param bytes of its payload
    /// @param leaving the message that goes for it, or -1
    @Nullable Limit reached(int bytes, long leaving) {
        Limits limits = policy.limits();
        Subscription own = subscription(LifecycleApply.OWN);
        if (limits.overflow() == Overflow.DROP_OLDEST || own == null) {
            return null;
        }
        if (limits.maxCount() >= 0
                && leaving < 0
                && own.settled.unsettled(own.settled.floor(), end) >= limits.maxCount()) {
            return Limit.COUNT;
        }
        if (limits.maxBytes() < 0) {
            return null;
        }
        int more = removable() ? bytes - (leaving < 0 ? 0 : attributes().sizes().at(leaving)) : 1;
        return more > 0 && heldBytes() + more > limits.maxBytes() ? Limit.BYTES : null;
    }

    /// Nothing is held.
    boolean isEmpty() {
        return start == end;
    }

    /// Nobody is owed anything of it; a stream that is kept anyhow holds nothing.
    boolean owesNothing() {
        return untilSettled() ? settledFloor() == end : isEmpty();
    }

    void show() {
        visibleStart = start;
        visibleEnd = end;
    }

    void watch(Watcher watcher) {
        if (watchers == null) {
            watchers = new ArrayList<>(1);
        }
        watchers.add(watcher);
    }

    /// All cells of the stream as it is now.
    void cells(List<Cell> into) {
        into.add(this);
        for (Subscription subscription : subscriptions) {
            subscription.cells(into);
        }
        if (producers != null) {
            producers.cells(into);
        }
        if (attributes != null) {
            attributes.cells(into);
        }
        if (outline != null) {
            into.add(outline);
        }
        if (outbox != null) {
            outbox.cells(into);
        }
    }

    @Override
    public int kind() {
        return CellKind.STREAM;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(id);
        OpenStreamCommand.encode(out, keeps);
        boolean plain = policy.equals(QueuePolicy.NONE);
        out.octet(
                (sealed ? SEALED : 0)
                        | (plain ? 0 : POLICY)
                        | (expiring ? EXPIRING : 0)
                        | (keepsSettled() ? KEPT : 0)
                        | (perSubject().isNone() ? 0 : PER_SUBJECT)
                        | (perSubject().refuses() ? REFUSES : 0)
                        | (ownTime() == OwnTime.IGNORED ? 0 : OWN_TIME)
                        | (kept() == Kept.ALWAYS ? 0 : KEPT_AS));
        if (!plain) {
            Policies.encode(out, policy);
        }
        out.number(start).number(end).number(cleanTo()).number(nextSubscription);
        if (keepsSettled()) {
            out.number(keptFrom());
        }
        if (!perSubject().isNone()) {
            out.number(perSubject().most());
        }
        if (ownTime() != OwnTime.IGNORED) {
            Specs.encode(out, ownTime());
        }
        if (kept() != Kept.ALWAYS) {
            Specs.encode(out, kept());
        }
    }

    static Stream decode(HeadReader in) {
        Stream stream = new Stream(in.number(), OpenStreamCommand.keeps(in));
        int bits = in.octet();
        stream.sealed = (bits & SEALED) != 0;
        stream.expiring = (bits & EXPIRING) != 0;
        if ((bits & POLICY) != 0) {
            stream.policy = Policies.decode(in);
        }
        stream.start = in.number();
        stream.end = in.number();
        long cleanTo = in.number();
        if (cleanTo > 0) {
            stream.attributes().cleanTo = cleanTo;
        }
        stream.nextSubscription = in.integer();
        if ((bits & KEPT) != 0) {
            stream.attributes().keptFrom = in.number();
        }
        if ((bits & PER_SUBJECT) != 0) {
            stream.attributes().perSubject = new PerSubject(in.number(), (bits & REFUSES) != 0);
        }
        if ((bits & OWN_TIME) != 0) {
            stream.attributes().ownTime = Specs.ownTime(in);
        }
        if ((bits & KEPT_AS) != 0) {
            stream.attributes().kept = Specs.kept(in);
        }
        return stream;
    }

    /// Makes a subscription, with an id that none has; the caller has touched the stream.
    ///
    /// @param floor the first offset it is owed
    Subscription subscribe(String name, long floor, Interest interest, Cells cells) {
        while (subscription(StreamId.subscription(id, nextSubscription)) != null) {
            nextSubscription++;
        }
        long given = nextSubscription++;
        Subscription made =
                Subscription.of(
                        StreamId.subscription(id, given),
                        StreamId.round(given),
                        name,
                        floor,
                        interest);
        add(cells.born(made));
        return made;
    }
}
