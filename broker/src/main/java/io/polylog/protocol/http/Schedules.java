package io.polylog.protocol.http;

import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.protocol.http.Schedule.Step;
import io.polylog.protocol.http.ScheduleStore.Found;
import io.polylog.security.Permissions;
import io.polylog.security.Principal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has schedules publish when it is time. It is told when that is by the topic that keeps them,
/// each second anew until it is done; so nothing is remembered here. Any thread; the work is done
/// on the home loop.
public final class Schedules implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Schedules.class);

    /// What comes later than that was missed: the machine slept, or its clock was wrong.
    private static final long LATE_MS = 60_000;

    private static final int MOST_AT_ONCE = 32;

    private final Seams seams;
    private final long beganMs;
    private final Session session;
    private final ScheduleStore store;
    private final Firing firing;

    // On the home loop.
    private @Nullable Reader reader;
    private boolean isClosed;
    private int underWay;

    /// Offsets of those that it is time for, in the order in which that was told.
    private final Deque<Long> waiting = new ArrayDeque<>();

    /// They, those under way, and those that nothing can be made of.
    private final Set<Long> known = new HashSet<>();

    /// What they need from others.
    ///
    /// @param permissions what somebody may do with a topic
    /// @param home runs tasks one at a time
    /// @param wallMs milliseconds since 1970
    /// @param most schedules that a namespace may have
    public record Seams(
            Broker broker, Permissions permissions, Executor home, LongSupplier wallMs, int most) {}

    private Schedules(Seams seams) {
        this.seams = seams;
        beganMs = seams.wallMs.getAsLong();
        session = seams.broker.session(Principal.BROKER, Mailbox.of(seams.home));
        store = new ScheduleStore(session, seams.wallMs);
        firing = firing(session, store);
    }

    /// Begins. What it was time for before was missed.
    public static Schedules open(Seams seams) {
        Schedules all = new Schedules(seams);
        all.begin();
        return all;
    }

    /// Schedules that a namespace may have.
    int most() {
        return seams.most;
    }

    long wallMs() {
        return seams.wallMs.getAsLong();
    }

    /// Of another session of the broker's.
    ScheduleStore store(Session other) {
        return new ScheduleStore(other, seams.wallMs);
    }

    /// Of another session of the broker's.
    Firing firing(Session other, ScheduleStore its) {
        return new Firing(other, its, seams.permissions, seams.wallMs);
    }

    /// From now on there may be schedules.
    void begin() {
        seams.home.execute(() -> {
            if (reader == null && !isClosed && store.exists()) {
                reader = store.reader();
                reader.whenLastIsOver((_, offset) -> over(offset));
            }
        });
    }

    private void over(long offset) {
        if (known.add(offset)) {
            waiting.add(offset);
            next();
        }
    }

    private void next() {
        while (underWay < MOST_AT_ONCE && !waiting.isEmpty() && !isClosed) {
            long offset = waiting.remove();
            underWay++;
            store.at(offset)
                    .thenCompose(this::come)
                    .whenCompleteAsync((_, failed) -> done(offset, failed), seams.home);
        }
    }

    private CompletionStage<?> come(@Nullable Found found) {
        if (found == null) {
            return CompletableFuture.completedFuture(null);
        }
        long nowMs = seams.wallMs.getAsLong();
        Step step = found.schedule().step(nowMs, Math.max(beganMs, nowMs - LATE_MS));
        return step.publishes()
                ? firing.fire(found, found.schedule().progress().dueMs(), step.then())
                : store.keep(found.with(found.schedule().with(step.then())));
    }

    private void done(long offset, @Nullable Throwable failed) {
        underWay--;
        Throwable why = failed == null ? null : BrokerException.reason(failed);
        boolean isPassing = why instanceof BrokerException said && said.kind() != Kind.DAMAGED;
        if (why == null || isPassing || isClosed) {
            known.remove(offset);
            // Replaced meanwhile, or else it is told of again.
            log.debug("the schedule at offset {}", offset, why);
        } else {
            log.error("nothing can be made of the schedule at offset {}", offset, why);
        }
        next();
    }

    /// Nothing is published any more; what is under way is done or not at all.
    @Override
    public void close() {
        seams.home.execute(() -> {
            isClosed = true;
            session.close();
        });
    }
}
