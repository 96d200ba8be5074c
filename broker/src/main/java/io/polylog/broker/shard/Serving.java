package io.polylog.broker.shard;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Interest;
import io.polylog.broker.Mailbox;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.TopicStats;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.shard.Attachment.Receiver;
import io.polylog.broker.shard.Attachment.Terms;
import io.polylog.log.ShardLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The volatile plane of a shard: who consumes, waits and takes. On the shard's thread.
public final class Serving {
    /// The stream of the store that holds what prepared transactions publish.
    public static final long STAGE = Stage.STREAM;

    private static final long ALL = Long.MAX_VALUE / 2;

    private final ShardState state;
    private final Holdings holdings;
    private final Evictions evictions;
    private final Inspection inspection;
    private final Sifting sifting;
    private final Lookahead lookahead;
    private final SubjectQuestions subjects;
    private final Run run = new Run();
    private @Nullable Watch watch;

    /// Attachments that were given something since the last flush.
    private final List<Attachment> served = new ArrayList<>();

    Serving(ShardState state) {
        this.state = state;
        holdings = new Holdings(state);
        inspection = new Inspection(state);
        evictions = new Evictions(this, state);
        sifting = new Sifting(this, state, evictions);
        lookahead = new Lookahead(state);
        subjects = new SubjectQuestions(state);
    }

    /// What the streams' indexes know.
    public SubjectQuestions subjects() {
        return subjects;
    }

    /// What subscriptions with a filter want.
    public Sifting sifting() {
        return sifting;
    }

    /// What consumers with a filter of their own want.
    public Lookahead lookahead() {
        return lookahead;
    }

    /// What an operator asks for.
    public Inspection inspection() {
        return inspection;
    }

    /// What the streams hold.
    public Holdings holdings() {
        return holdings;
    }

    /// The shard leads: what is too much or too old can be removed.
    ///
    /// @param heard hears what the shard cannot do alone
    void begin(ShardLog log, Watch heard) {
        watch = heard;
        evictions.begin(log, heard);
        sifting.begin(heard);
        markSending();
        dueAgain();
    }

    /// What a stream sends is to be looked at.
    private void markSending() {
        for (Stream stream : state.streams.values()) {
            if (stream.sends()) {
                state.mark(stream);
            }
        }
    }

    /// The first messages that a stream sends elsewhere.
    ///
    /// @param limit most runs to give
    public List<Outgoing> outgoing(long streamId, int limit) {
        Stream stream = state.streams.get(streamId);
        Outbox outbox = stream == null ? null : stream.outbox;
        return outbox == null ? List.of() : outbox.first(limit);
    }

    /// Tells when the next hidden message becomes due, if that is another time than was told.
    void tellDue() {
        if (watch != null) {
            state.timers.tell(watch);
        }
    }

    /// When the next message becomes due is told again.
    public void dueAgain() {
        state.timers.forgetTold();
        tellDue();
    }

    /// The shard leads anew.
    void leading() {
        state.timers.forgetTold();
        evictions.markAll();
        sifting.leading();
        markSending();
    }

    /// What waits first in a subscription whose messages expire.
    ///
    /// @param interest of the subscription
    /// @param runs the first that are ready, in order
    public record Head(Interest interest, List<Assignment> runs) {}

    /// What would expire first.
    ///
    /// @param limit most runs to give
    public Head head(long subscriptionId, int limit) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        Subscription expiring = stream == null ? null : stream.subscription(subscriptionId);
        if (stream == null || expiring == null) {
            return new Head(Interest.ALL, List.of());
        }
        List<Assignment> ready = dispatchOf(stream, expiring).peek(limit, run);
        evictions.headTold(subscriptionId, ready.isEmpty() ? -1 : ready.getFirst().first());
        return new Head(expiring.interest(stream), ready);
    }

    /// Everything ready below an offset has expired.
    public void expire(long subscriptionId, long end) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        Subscription expiring = stream == null ? null : stream.subscription(subscriptionId);
        if (stream != null && expiring != null) {
            evictions.expire(stream, expiring, end, run);
        }
    }

    // What changes -----------------------------------------------------------------------------

    void changed(Stream stream) {
        if (!state.streams.containsKey(stream.id)) {
            dropped(stream);
            return;
        }
        stream.dropped().forEach(gone -> forget(stream, gone));
        stream.dropped(List.of());
        alarm(stream);
        for (Subscription subscription : stream.served()) {
            dispatch(subscription);
        }
        sifting.changed(stream);
        evictions.changed(stream, run);
        if (watch != null && stream.sends()) {
            watch.sends(stream.id);
        }
    }

    private void dispatch(Subscription subscription) {
        if (subscription.dispatch != null && !subscription.paused) {
            subscription.dispatch.run(served, run);
            if (watch != null && subscription.dispatch.isBlind(run)) {
                watch.looks(subscription.id);
            }
        }
    }

    private void alarm(Stream stream) {
        if (stream.watchers == null) {
            return;
        }
        Iterator<Stream.Watcher> watchers = stream.watchers.iterator();
        while (watchers.hasNext()) {
            Stream.Watcher watcher = watchers.next();
            if (stream.end > watcher.offset()) {
                watchers.remove();
                state.effects.post(watcher.mailbox(), watcher.alarm());
            }
        }
        if (stream.watchers.isEmpty()) {
            stream.watchers = null;
        }
    }

    private void dropped(Stream stream) {
        if (stream.watchers != null) {
            stream.watchers.forEach(w -> state.effects.post(w.mailbox(), w.alarm()));
            stream.watchers = null;
        }
        forget(stream);
    }

    /// Nobody is served from a stream any more: it is gone, or the shard begins to lead.
    void forget(Stream stream) {
        stream.dropped().forEach(gone -> forget(stream, gone));
        for (Subscription subscription : stream.subscriptions) {
            forget(stream, subscription);
        }
    }

    private void forget(Stream stream, Subscription subscription) {
        stream.serve(subscription, false);
        evictions.forget(subscription);
        sifting.forget(subscription);
        Dispatch dispatch = subscription.dispatch;
        subscription.dispatch = null;
        if (dispatch != null) {
            for (Attachment attachment : dispatch.attachments()) {
                attachment.leave();
                Receiver receiver = attachment.receiver;
                state.effects.post(receiver.mailbox(), receiver::cancelled);
            }
        }
    }

    /// Sends what was assigned on its way.
    void flush() {
        for (Attachment attachment : served) {
            if (!attachment.gone() && attachment.hasNews()) {
                List<Assignment> assigned = attachment.takeAssigned();
                Receiver receiver = attachment.receiver;
                state.effects.post(receiver.mailbox(), () -> receiver.assigned(assigned));
            }
        }
        served.clear();
    }

    /// Runs a task on a mailbox with the next effects.
    void post(Mailbox mailbox, Runnable task) {
        state.effects.post(mailbox, task);
    }

    // What sessions ask ------------------------------------------------------------------------

    /// The answer to [#attach].
    public sealed interface Attached {
        record Done(Attachment attachment) implements Attached {}

        record Refused(Failed why) implements Attached {}

        /// The subscription is not there: it can be made.
        record Missing() implements Attached {}
    }

    /// Adds a consumer to a subscription of a stream.
    public Attached attach(long streamId, String name, Terms terms, Receiver receiver) {
        Stream stream = state.streams.get(streamId);
        if (stream == null || stream.closing) {
            return new Attached.Refused(new Failed(Kind.NOT_FOUND, "the topic is gone"));
        }
        Subscription subscription = stream.subscription(name);
        if (subscription == null) {
            return new Attached.Missing();
        }
        Dispatch dispatch = dispatchOf(stream, subscription);
        List<Attachment> there = dispatch.attachments();
        if (there.stream().anyMatch(other -> other.terms.exclusive())) {
            return new Attached.Refused(new Failed(Kind.LOCKED, "an exclusive consumer is there"));
        }
        if (terms.exclusive() && stream.policy.service().singleActive()) {
            return new Attached.Refused(
                    new Failed(Kind.LOCKED, "its consumers are served one at a time"));
        }
        if (terms.exclusive() && !there.isEmpty()) {
            return new Attached.Refused(new Failed(Kind.IN_USE, "other consumers are there"));
        }
        String why = dispatch.refusal(terms.filter());
        if (why != null) {
            return new Attached.Refused(new Failed(Kind.INVALID, why));
        }
        Attachment attachment =
                new Attachment(
                        subscription.id,
                        subscription.epoch(state.epoch),
                        subscription.interest(stream),
                        terms,
                        receiver);
        dispatch.add(attachment);
        state.mark(stream);
        return new Attached.Done(attachment);
    }

    /// Whether a stream has consumers.
    public boolean isConsumed(long streamId) {
        Stream stream = state.streams.get(streamId);
        return stream != null && consumers(stream) > 0;
    }

    /// What a subscription of that name was made for; null where there is none.
    public @Nullable Interest subscribed(long streamId, String name) {
        Stream stream = state.streams.get(streamId);
        Subscription there = stream == null ? null : stream.subscription(name);
        return there == null ? null : there.named();
    }

    static Dispatch dispatchOf(Stream stream, Subscription subscription) {
        Dispatch dispatch = subscription.dispatch;
        if (dispatch == null) {
            dispatch = new Dispatch(stream, subscription);
            subscription.dispatch = dispatch;
        }
        return dispatch;
    }

    /// A consumer that was removed.
    ///
    /// @param left consumers left on the stream, or -1 when it was gone before
    /// @param assigned what it was assigned and had not been told yet
    public record Detached(int left, List<Assignment> assigned) {}

    /// Removes a consumer. What it was assigned stays away until it is given back.
    public Detached detach(Attachment attachment) {
        Stream stream = state.streams.get(StreamId.stream(attachment.subscription()));
        Subscription subscription =
                stream == null ? null : stream.subscription(attachment.subscription());
        Dispatch dispatch = subscription == null ? null : subscription.dispatch;
        if (stream == null || dispatch == null || attachment.gone()) {
            return new Detached(-1, List.of());
        }
        dispatch.remove(attachment);
        if (attachment.known != null) {
            state.mark(stream); // others may have waited until it had looked
        }
        return new Detached(consumers(stream), attachment.takeAssigned());
    }

    /// Everything that a removed consumer was assigned and did not keep has been given back. Where
    /// one consumer is served at a time the next one waits for this.
    public void parted(Attachment attachment) {
        Stream stream = state.streams.get(StreamId.stream(attachment.subscription()));
        Subscription subscription =
                stream == null ? null : stream.subscription(attachment.subscription());
        if (stream != null && subscription != null && subscription.dispatch != null) {
            subscription.dispatch.parted(attachment);
            state.mark(stream);
        }
    }

    /// A consumer can take more.
    public void serve(long subscriptionId) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        if (stream != null) {
            state.mark(stream);
        }
    }

    /// A message taken outside any consumer.
    ///
    /// @param epoch in which the shard's leader gave it
    /// @param interest of the subscription
    public record Taken(long subscription, long epoch, Interest interest, Assignment assignment) {}

    /// Takes one ready message.
    ///
    /// @return null when nothing is ready
    public @Nullable Taken take(long streamId, String name) {
        Stream stream = state.streams.get(streamId);
        Subscription subscription = stream == null ? null : stream.subscription(name);
        if (stream == null || subscription == null || subscription.paused) {
            return null;
        }
        Assignment assignment = dispatchOf(stream, subscription).take(new Object(), 1, run);
        if (subscription.expires(stream)) {
            state.mark(stream); // what was behind it may have expired
        }
        return assignment == null
                ? null
                : new Taken(
                        subscription.id,
                        subscription.epoch(state.epoch),
                        subscription.interest(stream),
                        assignment);
    }

    /// All that was ready of a subscription.
    ///
    /// @param epoch in which the shard's leader gave it
    public record TakenAll(long subscription, long epoch, List<Assignment> assignments) {}

    /// What cannot be read is kept from consumers while the shard leads: it stays unsettled, and
    /// only [#takeAll] takes it.
    public void setAside(long subscriptionId, long first, long end) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        Subscription subscription = stream == null ? null : stream.subscription(subscriptionId);
        if (stream != null && subscription != null) {
            dispatchOf(stream, subscription).setAside(first, end);
        }
    }

    /// Takes all that is ready, and what was set aside.
    public TakenAll takeAll(long streamId, String name) {
        Stream stream = state.streams.get(streamId);
        Subscription subscription = stream == null ? null : stream.subscription(name);
        if (stream == null || subscription == null) {
            return new TakenAll(-1, state.epoch, List.of());
        }
        List<Assignment> all = new ArrayList<>();
        Dispatch dispatch = dispatchOf(stream, subscription);
        Assignment next = dispatch.takeOldest(ALL, run);
        while (next != null) {
            all.add(next);
            next = dispatch.takeOldest(ALL, run);
        }
        Assignment aside = dispatch.takeAside(run);
        while (aside != null) {
            all.add(aside);
            aside = dispatch.takeAside(run);
        }
        return new TakenAll(subscription.id, subscription.epoch(state.epoch), all);
    }

    /// The id of a queue's own subscription, or -1 where it is gone.
    public long ownId(long streamId) {
        Stream stream = state.streams.get(streamId);
        Subscription own = stream == null ? null : stream.subscription(LifecycleApply.OWN);
        return own == null ? -1 : own.id;
    }

    /// Puts back what was taken and not given to anybody.
    ///
    /// @param epoch in which the shard's leader gave it: what an earlier one gave is ready again
    ///   since then, or somebody else has it
    public void giveBack(long subscriptionId, long epoch, List<Assignment> assignments) {
        Stream stream = state.streams.get(StreamId.stream(subscriptionId));
        Subscription subscription = stream == null ? null : stream.subscription(subscriptionId);
        if (stream != null && subscription != null && epoch == subscription.epoch(state.epoch)) {
            Dispatch dispatch = dispatchOf(stream, subscription);
            for (Assignment back : assignments) {
                dispatch.giveBack(back.first(), back.end());
                sifting.cameBack(stream, subscription, back.first());
            }
            state.mark(stream);
        }
    }

    /// Begins to remove a stream: from now on nobody may attach.
    ///
    /// @return how many messages are ready, or -1 when `ifUnused` and it has consumers
    public long close(long streamId, boolean ifUnused) {
        Stream stream = state.streams.get(streamId);
        if (stream == null) {
            return 0;
        }
        if (ifUnused && consumers(stream) > 0) {
            return -1;
        }
        stream.closing = true;
        return stats(stream).ready();
    }

    /// Its removal was called off.
    public void reopen(long streamId) {
        Stream stream = state.streams.get(streamId);
        if (stream != null) {
            stream.closing = false;
        }
    }

    /// The streams that are open, and what each does beyond keeping.
    public Map<Long, QueuePolicy> policies() {
        Map<Long, QueuePolicy> all = new HashMap<>();
        state.streams.values().forEach(stream -> all.put(stream.id, stream.policy));
        return all;
    }

    /// Those of them that are sealed.
    public List<Long> sealed() {
        return state.streams.values().stream().filter(s -> s.sealed).map(s -> s.id).toList();
    }

    /// A transaction this shard is prepared to commit.
    ///
    /// @param home the shard that decides it
    /// @param first the first of its payloads on the stage
    /// @param end one past the last of them
    public record Pending(long id, int home, long first, long end) {}

    /// Transactions that are not over.
    ///
    /// @param prepared here, and not resolved
    /// @param decided here, and perhaps not carried out in every shard
    public record OpenTransactions(List<Pending> prepared, List<Long> decided) {}

    /// The transactions that are not over.
    public OpenTransactions transactions() {
        return new OpenTransactions(
                state.transactions.prepared().stream()
                        .map(p -> new Pending(p.id, p.home, p.first, p.end))
                        .toList(),
                state.transactions.decided().stream().map(d -> d.id).toList());
    }

    /// Counts of a stream now, or of a named subscription; null when it is not there.
    ///
    /// @param name the subscription's name, or "" for the stream itself
    public @Nullable TopicStats stats(long streamId, String name) {
        Stream stream = state.streams.get(streamId);
        if (stream == null || name.equals(LifecycleApply.OWN)) {
            return stream == null ? null : stats(stream);
        }
        Subscription subscription = stream.subscription(name);
        return subscription == null ? null : stats(stream, subscription, consumers(subscription));
    }

    private static TopicStats stats(Stream stream) {
        Subscription own = stream.subscription(LifecycleApply.OWN);
        if (own == null) {
            return new TopicStats(stream.end - stream.start, 0, consumers(stream));
        }
        return stats(stream, own, consumers(stream));
    }

    private static TopicStats stats(Stream stream, Subscription subscription, int consumers) {
        long open = subscription.settled.unsettled(subscription.settled.floor(), stream.end);
        long shown = open - subscription.settled.hiddenCount();
        long ready = subscription.dispatch == null ? shown : subscription.dispatch.ready();
        return new TopicStats(ready, open - ready, consumers);
    }

    private static int consumers(Stream stream) {
        int count = 0;
        for (Subscription subscription : stream.served()) {
            count += consumers(subscription);
        }
        return count;
    }

    private static int consumers(Subscription subscription) {
        return subscription.dispatch == null ? 0 : subscription.dispatch.attachments().size();
    }

    /// Calls back when the stream's end has passed an offset, or the stream is gone.
    public void watch(long streamId, long offset, Mailbox mailbox, Runnable alarm) {
        Stream stream = state.streams.get(streamId);
        if (stream == null || stream.end > offset) {
            state.effects.post(mailbox, alarm);
        } else {
            stream.watch(new Stream.Watcher(offset, mailbox, alarm));
        }
    }

    /// Takes a watch back.
    public void unwatch(long streamId, Runnable alarm) {
        Stream stream = state.streams.get(streamId);
        if (stream != null && stream.watchers != null) {
            stream.watchers.removeIf(watcher -> watcher.alarm().equals(alarm));
        }
    }

    /// Which records of an internal stream are kept.
    ///
    /// @param offsets the first offset of each, in order
    /// @param end the offset up to which they are all that is kept
    public record Kept(List<Long> offsets, long end) {}

    /// The records an internal stream keeps, from the one that holds `from` on.
    ///
    /// @param limit most records to give
    public Kept kept(long streamId, long from, int limit) {
        Stream stream = state.streams.get(streamId);
        if (stream == null) {
            return new Kept(List.of(), from);
        }
        List<Long> offsets = stream.keys().kept(from, limit + 1);
        boolean more = offsets.size() > limit;
        long end = Math.min(more ? offsets.getLast() : Long.MAX_VALUE, stream.visibleEnd);
        return new Kept(offsets.subList(0, more ? limit : offsets.size()), end);
    }
}
