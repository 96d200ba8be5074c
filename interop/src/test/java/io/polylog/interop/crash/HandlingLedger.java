package io.polylog.interop.crash;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Envelope;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who has which message while it is dealt with, and what of that breaks a promise: the order by
/// key, the delay before it is tried again, that what is settled stays so, and that what comes
/// again says so. Whoever settles something says so here before the broker hears of it; so nothing
/// here is later than at the broker. Any thread.
final class HandlingLedger {
    /// Clocks of the broker and of the test are read at different moments.
    private static final long EARLY_MS = 5;

    private final Consumer<String> wrong;
    private final Map<String, Rules> rules = new HashMap<>();
    private final Map<String, Visit> visits = new HashMap<>();
    private final Map<String, Lane> lanes = new HashMap<>();
    private int life;
    private long events;

    /// @param wrong is told what breaks a promise
    HandlingLedger(Consumer<String> wrong) {
        this.wrong = wrong;
    }

    /// How long a message stays away at least that came back so often.
    @FunctionalInterface
    interface Pace {
        Pace AT_ONCE = _ -> 0;

        long leastMs(int returns);
    }

    /// What is promised of a queue that takes nothing back by itself.
    ///
    /// @param ordered whether it orders by key
    record Rules(boolean ordered, Pace pace) {
        static final Rules PLAIN = new Rules(false, Pace.AT_ONCE);
    }

    /// A message as it was delivered.
    ///
    /// @param id compares as it was sent
    /// @param stay how often it was sent on before: each time is another stay in its queue
    /// @param plain whether it stands where it was published, and was never delayed
    /// @param again whether it says that it may have been delivered before
    record Handed(String queue, String id, String key, long stay, boolean plain, boolean again) {
        static Handed of(String queue, String id, Envelope envelope, BasicProperties properties) {
            Map<String, Object> headers = properties.getHeaders();
            long stay =
                    headers.get("x-polylog-replay") instanceof Map<?, ?> replay
                                    && replay.get("count") instanceof Number count
                            ? count.longValue()
                            : 0;
            return new Handed(
                    queue,
                    id,
                    String.valueOf(headers.get("key")),
                    stay,
                    stay == 0 && !headers.containsKey("x-delay"),
                    envelope.isRedeliver());
        }

        private String place() {
            return queue + "/" + id + "/" + stay;
        }

        private String lane() {
            return queue + "/" + key;
        }
    }

    /// A consumer, as long as its channel and its broker live.
    static final class Holder {
        private final int life;
        private final boolean oneAtATime;

        private Holder(int life, boolean oneAtATime) {
            this.life = life;
            this.oneAtATime = oneAtATime;
        }
    }

    /// One message in one queue.
    private static final class Visit {
        final Lane lane;
        @Nullable Holder holder;

        /// Who gave it back, where somebody did.
        @Nullable Holder before;

        /// Who had it last.
        @Nullable Holder last;

        boolean delivered;
        boolean settled;
        long handedAt;
        long freeSince;

        /// How often it is known to have come back.
        int returns;

        /// When it was given back, if the broker knows of it; else 0.
        long returnedMs;

        Visit(Lane lane) {
            this.lane = lane;
        }

        void free(long now) {
            before = holder;
            holder = null;
            freeSince = now;
            lane.held.remove(this);
        }
    }

    /// The messages of one key in one queue.
    private static final class Lane {
        final Set<Visit> held = new LinkedHashSet<>();
        final TreeMap<String, Visit> plain = new TreeMap<>();
    }

    /// When all that somebody had was given back.
    record Back(int life, long event, long nowMs) {}

    /// A delivery that is not settled yet.
    static final class Hold {
        private final Holder holder;
        private final Visit visit;

        private Hold(Holder holder, Visit visit) {
            this.holder = holder;
            this.visit = visit;
        }
    }

    synchronized void watch(String queue, Rules its) {
        rules.put(queue, its);
    }

    /// A broker lives again: it has everything that it does not know to be settled.
    synchronized void begins() {
        life++;
        events++;
        for (Visit visit : visits.values()) {
            if (visit.holder != null || visit.settled) {
                visit.free(events);
                visit.before = null;
                visit.settled = false;
            }
            visit.returnedMs = 0;
        }
    }

    /// @param oneAtATime whether it gets nothing while it has something
    synchronized Holder holder(boolean oneAtATime) {
        return new Holder(life, oneAtATime);
    }

    /// A message comes to somebody.
    synchronized Hold handed(Holder holder, Handed it, long nowMs) {
        Lane lane = lanes.computeIfAbsent(it.lane(), _ -> new Lane());
        Visit visit = visits.computeIfAbsent(it.place(), _ -> new Visit(lane));
        if (holder.life != life) {
            return new Hold(holder, visit);
        }
        if (visit.delivered && !it.again()) {
            wrong.accept(it.id + " came from " + it.queue + " again and does not say so");
        }
        Rules its = rules.get(it.queue);
        if (its != null) {
            check(its, it, visit, nowMs);
            if (its.ordered) {
                checkOrder(it, visit, holder);
            }
        }
        visit.returns += visit.returnedMs > 0 ? 1 : 0;
        visit.returnedMs = 0;
        visit.delivered = true;
        visit.settled = false;
        visit.holder = holder;
        visit.last = holder;
        visit.handedAt = ++events;
        lane.held.add(visit);
        if (it.plain) {
            lane.plain.put(it.id, visit);
        }
        return new Hold(holder, visit);
    }

    private void check(Rules its, Handed it, Visit visit, long nowMs) {
        if (visit.settled) {
            wrong.accept(it.id + " came from " + it.queue + " after it was settled");
        }
        if (visit.holder != null) {
            wrong.accept(it.id + " came from " + it.queue + " while somebody has it");
        }
        long leastMs = its.pace.leastMs(visit.returns + 1);
        long awayMs = nowMs - visit.returnedMs;
        if (visit.returnedMs > 0 && awayMs < leastMs - EARLY_MS) {
            wrong.accept(
                    "%s came from %s %d ms after return %d, not %d"
                            .formatted(it.id, it.queue, awayMs, visit.returns + 1, leastMs));
        }
    }

    private void checkOrder(Handed it, Visit visit, Holder holder) {
        if (visit.lane.held.stream().anyMatch(held -> !holder.equals(held.holder))) {
            wrong.accept(
                    "%s came from %s while another consumer has some of %s"
                            .formatted(it.id, it.queue, it.key));
        }
        if (it.plain) {
            visit.lane.plain.tailMap(it.id, false).entrySet().stream()
                    .filter(later -> overtook(later.getValue(), visit))
                    .findFirst()
                    .ifPresent(later ->
                            wrong.accept(
                                    "%s came from %s behind %s, both of %s"
                                            .formatted(it.id, it.queue, later.getKey(), it.key)));
        }
    }

    /// What was on its way to a consumer when it gave back what it had is not known from what was
    /// sent to it afterwards.
    private static boolean overtook(Visit later, Visit visit) {
        return later.handedAt > visit.freeSince
                && (visit.before == null
                        || visit.before.oneAtATime
                        || !visit.before.equals(later.last));
    }

    /// It is acknowledged or rejected: it does not come again in this life.
    synchronized void settled(Hold hold) {
        if (isNow(hold)) {
            hold.visit.free(++events);
            hold.visit.settled = true;
        }
    }

    /// It is given back.
    synchronized void returned(Hold hold, long nowMs) {
        if (isNow(hold)) {
            hold.visit.free(++events);
            hold.visit.returnedMs = nowMs;
        }
    }

    private boolean isNow(Hold hold) {
        return hold.holder.life == life && hold.holder.equals(hold.visit.holder);
    }

    /// All that somebody has is given back.
    synchronized Back returnedAll(Holder holder, long nowMs) {
        events++;
        for (Visit visit : visits.values()) {
            if (holder.life == life && holder.equals(visit.holder)) {
                visit.free(events);
                visit.returnedMs = nowMs;
            }
        }
        return new Back(life, events, nowMs);
    }

    /// A message came that had been given back with all others when it was on its way. Another one
    /// may have had it since.
    synchronized void voided(Holder holder, Handed it, Back back) {
        Lane lane = lanes.computeIfAbsent(it.lane(), _ -> new Lane());
        Visit visit = visits.computeIfAbsent(it.place(), _ -> new Visit(lane));
        boolean another =
                visit.holder != null
                        || visit.settled
                        || visit.handedAt > back.event
                        || back.life != life;
        if (!another && visit.freeSince <= back.event) {
            visit.delivered = true;
            visit.before = holder;
            visit.last = holder;
            visit.freeSince = back.event;
            visit.returnedMs = back.nowMs;
        }
    }

    /// Somebody is gone, and what it had is back since an unknown time.
    synchronized void gone(Holder holder) {
        returnedAll(holder, 0);
    }
}
