package io.polylog.broker.shard;

import io.polylog.broker.Filter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who is served from a subscription, and with what next: the volatile plane. Assigns offsets only;
/// bytes are read by the consumer's loop. In which order is [Ready]'s; among consumers of the
/// highest priority that have credit, each gets its turn. On the shard's thread.
final class Dispatch {
    /// Most offsets given in one turn while others wait for theirs.
    private static final int TURN = 64;

    private final Stream stream;
    private final Subscription subscription;
    private Ready ready;

    /// What a consumer could not read; null while nothing of the kind was met. It may hold what is
    /// settled meanwhile.
    private @Nullable OffsetSet unreadable;

    /// By falling priority.
    private List<Attachment> attachments = List.of();

    private int turn;

    /// Null while no consumer has a filter of its own.
    private @Nullable OwnFilters filters;

    /// Where only one consumer is served: which; else null.
    private final @Nullable ActiveConsumer active;

    Dispatch(Stream stream, Subscription subscription) {
        this.stream = stream;
        this.subscription = subscription;
        ready =
                stream.policy.service().keyOrder().isNone()
                        ? new Ready(stream, subscription)
                        : new KeyReady(stream, subscription, stream.attributes().keyHashes());
        active = stream.policy.service().singleActive() ? new ActiveConsumer() : null;
    }

    List<Attachment> attachments() {
        return attachments;
    }

    void add(Attachment attachment) {
        int place = 0;
        while (place < attachments.size()
                && attachments.get(place).terms.priority() >= attachment.terms.priority()) {
            place++;
        }
        if (attachments.isEmpty()) {
            attachments = new ArrayList<>(1);
            stream.serve(subscription, true);
        }
        attachments.add(place, attachment);
        if (!attachment.terms.filter().isNone()) {
            OwnFilters own = filters == null ? new OwnFilters() : filters;
            filters = own;
            attachment.known = own.add(attachment.terms.filter(), subscription.settled.floor());
        }
    }

    /// Why a consumer cannot have this filter of its own; null where it can.
    @Nullable String refusal(Filter filter) {
        if (filter.isNone()) {
            return null;
        }
        if (!stream.policy.service().keyOrder().isNone()) {
            return "a consumer's own filter does not go with a queue's order by key";
        }
        if (stream.hasLevels()) {
            return "a consumer's own filter does not go with a queue's levels of priority";
        }
        if (stream.isFair()) {
            return "a consumer's own filter does not go with a queue's turns by key";
        }
        return filters == null || !filters.isFull(filter)
                ? null
                : "its consumers have " + OwnFilters.MOST + " different filters, no more can be";
    }

    /// Filters that have to look at more before their consumers can be given anything.
    List<OwnFilters.Known> blind(Run run) {
        return filters == null ? List.of() : filters.blind(stream.end, ready, run);
    }

    /// Whether there are any of [#blind], and something that they might want.
    boolean isBlind(Run run) {
        return filters != null && ready.mayHold() && !blind(run).isEmpty();
    }

    void remove(Attachment attachment) {
        attachment.leave();
        attachments.remove(attachment);
        if (attachments.isEmpty()) {
            stream.serve(subscription, false);
        }
        if (filters != null && attachment.known != null) {
            filters.remove(attachment.known);
            filters = filters.isEmpty() ? null : filters;
        }
        if (active != null) {
            active.leave(attachment);
        }
    }

    /// What a consumer that was removed had been assigned is back.
    void parted(Attachment attachment) {
        if (active != null) {
            active.parted(attachment);
        }
    }

    /// In which order what is ready is given: in turns where keys take them, by level once some
    /// message has one of its own.
    private Ready order() {
        if (stream.isFair() != ready instanceof FairReady) {
            ready =
                    stream.isFair()
                            ? new FairReady(ready, stream.attributes().keyHashes())
                            : new Ready(stream, subscription, ready.returned, ready.next);
        }
        Levels levels = stream.levels();
        if (levels != null && ready.getClass() == Ready.class) {
            ready = new LevelReady(ready, levels);
        }
        return ready;
    }

    /// Offsets came back undelivered, or the caller just raised their attempt.
    void giveBack(long first, long end) {
        order().giveBack(first, end);
        if (filters != null) {
            filters.cameBack(first);
        }
    }

    /// What was settled is owed again.
    void revived(long first, long end) {
        giveBack(first, end);
        if (filters != null) {
            filters.revived(first);
        }
    }

    /// As [#giveBack(long,long)] for those whose bits are set.
    void giveBackWord(long first, long mask) {
        order().giveBackWord(first, mask);
        if (filters != null) {
            filters.cameBack(first);
        }
    }

    /// A message that somebody had is hidden.
    void hid(long offset) {
        ready.hid(offset);
    }

    /// What was hidden is ready.
    void show(long offset) {
        order().show(offset);
        if (filters != null) {
            filters.cameBack(offset);
        }
    }

    /// A settlement named these offsets.
    void settled(long first, long end) {
        ready.settled(first, end);
        if (filters != null) {
            filters.settled(first, end, subscription.settled);
        }
    }

    /// How many messages wait to be given to somebody.
    long ready() {
        return ready.size();
    }

    /// One past the newest offset that was given to somebody since the shard began to lead, or was
    /// not owed.
    long assignedEnd() {
        return ready.next;
    }

    /// The oldest offset that is ready, or -1.
    long firstReady(Run run) {
        return ready.first(run);
    }

    /// The oldest that are ready, without taking them.
    ///
    /// @param limit most runs to give
    List<Assignment> peek(int limit, Run run) {
        return ready.peek(limit, run);
    }

    /// Takes the next offsets that are ready, in the order in which consumers get them.
    ///
    /// @param holder whose they will be
    /// @param limit most offsets to take
    /// @return null when nothing is ready for it
    @Nullable Assignment take(Object holder, long limit, Run run) {
        return order().take(holder, limit, run) ? assignment(run) : null;
    }

    /// Takes the oldest offsets that are ready.
    ///
    /// @param limit most offsets to take
    /// @return null when nothing is ready
    @Nullable Assignment takeOldest(long limit, Run run) {
        return order().takeOldest(limit, run) ? assignment(run) : null;
    }

    /// As [Ready#findReady].
    boolean findReady(long from, long end, Run found) {
        return ready.findReady(from, end, found);
    }

    /// Takes those offsets of a range that are ready.
    void takeRange(long from, long end, Run run, List<Assignment> into) {
        while (order().findReady(from, end, run)) {
            order().takeFound(run);
            into.add(assignment(run));
        }
    }

    /// These offsets cannot be read: nobody is given them.
    void setAside(long first, long end) {
        OffsetSet aside = unreadable == null ? new OffsetSet() : unreadable;
        unreadable = aside;
        long to = Math.min(end, stream.end);
        aside.addAll(first, to);
        order().setAside(first, to);
    }

    /// Takes the next offsets that were set aside and are still owed, or null.
    @Nullable Assignment takeAside(Run run) {
        long first = unreadable == null ? -1 : unreadable.first();
        while (unreadable != null && first >= 0) {
            long end = unreadable.endOfRun(first);
            boolean owed = subscription.findFree(first, end, run);
            unreadable.removeAll(first, owed ? run.end : end);
            if (owed) {
                return assignment(run);
            }
            first = unreadable.first();
        }
        return null;
    }

    private Assignment assignment(Run run) {
        boolean before = run.attempt > 0 || run.first < subscription.endAtLeading;
        if (before && run.attempt == 0 && run.end > subscription.endAtLeading) {
            giveBack(subscription.endAtLeading, run.end);
            run.end = subscription.endAtLeading;
        }
        return new Assignment(run.first, run.end, run.attempt, before);
    }

    /// Gives what is ready to who can take it.
    ///
    /// @param served gets each attachment that was given something, perhaps more than once
    void run(List<Attachment> served, Run run) {
        if (active != null) {
            runActive(active, served, run);
            return;
        }
        int from = 0;
        while (from < attachments.size() && ready.mayHold()) {
            int to = endOfPriority(from);
            long before = barrier(to);
            hold(before);
            // Who held others back and has no credit left holds them back no more.
            if (!serve(from, to, served, run) && barrier(to) == before) {
                from = to;
            }
        }
    }

    private void runActive(ActiveConsumer one, List<Attachment> served, Run run) {
        Attachment chosen = one.choose(attachments, this::isIdle);
        int place = chosen == null ? -1 : attachments.indexOf(chosen);
        boolean more = place >= 0;
        hold(Long.MAX_VALUE);
        while (more && ready.mayHold()) {
            more = serve(place, place + 1, served, run);
        }
    }

    /// Whether everything that was assigned is settled or back.
    private boolean isIdle() {
        long floor = subscription.settled.floor();
        long aside = unreadable == null ? 0 : unreadable.size();
        long away = aside + subscription.settled.hiddenCount();
        return subscription.settled.unsettled(floor, stream.end) <= ready.size() + away;
    }

    /// Nothing from an offset on is given now.
    private void hold(long barrier) {
        if (filters != null) {
            filters.barrier = barrier;
        }
    }

    private long barrier() {
        return filters == null ? Long.MAX_VALUE : filters.barrier;
    }

    private long barrier(int to) {
        return filters == null ? Long.MAX_VALUE : OwnFilters.barrier(attachments.subList(0, to));
    }

    private int endOfPriority(int from) {
        int priority = attachments.get(from).terms.priority();
        int to = from + 1;
        while (to < attachments.size() && attachments.get(to).terms.priority() == priority) {
            to++;
        }
        return to;
    }

    /// One round among equals; false when none of them could take anything or nothing was there.
    private boolean serve(int from, int to, List<Attachment> served, Run run) {
        int count = to - from;
        long portion = portion(from, to);
        boolean any = false;
        int start = Math.floorMod(turn, count);
        for (int i = 0; i < count; i++) {
            Attachment attachment = attachments.get(from + (start + i) % count);
            if (attachment.known != null
                    && !OwnFilters.find(attachment.known, barrier(), ready, run)) {
                continue;
            }
            int granted = attachment.terms.credit().acquire(portion);
            if (granted > 0) {
                // Also when nothing was there: what is put back may be wanted elsewhere.
                served.add(attachment);
                boolean given = give(attachment, granted, run);
                if (!given && filters == null && ready.sameForAll()) {
                    return any;
                }
                turn = given ? start + i + 1 : turn;
                any |= given;
            } else if (attachment.terms.credit().tellsWant()) {
                served.add(attachment);
            }
        }
        return any;
    }

    private boolean give(Attachment attachment, int granted, Run run) {
        Assignment assignment = takeFor(attachment, granted, run);
        long used = assignment == null ? 0 : assignment.end() - assignment.first();
        attachment.terms.credit().giveBack(granted - used);
        if (assignment == null) {
            return false;
        }
        attachment.assign(assignment);
        return true;
    }

    private @Nullable Assignment takeFor(Attachment attachment, int granted, Run run) {
        if (filters == null) {
            return take(attachment, granted, run);
        }
        boolean taken = OwnFilters.take(attachment.known, barrier(), granted, order(), run);
        return taken ? assignment(run) : null;
    }

    private long portion(int from, int to) {
        int able = 0;
        for (int i = from; i < to; i++) {
            able += attachments.get(i).terms.credit().isEmpty() ? 0 : 1;
        }
        long waiting = ready.atMost();
        return able <= 1 ? waiting : Math.clamp(waiting / able, 1, TURN);
    }
}
