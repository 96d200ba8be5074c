package io.polylog.protocol.http;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Definitions;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Session;
import io.polylog.broker.Topic;
import io.polylog.broker.Transaction;
import io.polylog.broker.TransactionException;
import io.polylog.http.Refusal;
import io.polylog.http.Status;
import io.polylog.message.TopicName;
import io.polylog.protocol.http.Schedule.Kind;
import io.polylog.protocol.http.Schedule.Progress;
import io.polylog.protocol.http.Schedule.Target;
import io.polylog.protocol.http.ScheduleStore.Found;
import io.polylog.security.Operation;
import io.polylog.security.Permissions;
import io.polylog.security.Principal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Publishes what schedules say. The message and how far the schedule came with it are one
/// transaction, which takes the place of what was there: so each time comes once, whatever stops in
/// between. On the session's loop.
final class Firing {
    private final Session session;
    private final ScheduleStore store;
    private final Permissions permissions;
    private final LongSupplier wallMs;

    /// @param session of the broker itself
    /// @param wallMs milliseconds since 1970
    Firing(Session session, ScheduleStore store, Permissions permissions, LongSupplier wallMs) {
        this.session = session;
        this.store = store;
        this.permissions = permissions;
        this.wallMs = wallMs;
    }

    /// Publishes it for a time. Fails with [BrokerException] where nothing came of it, not even a
    /// refusal: another took its place, or the broker takes nothing now.
    ///
    /// @param then how far it came with that
    /// @return why it was refused, which is kept with the schedule, or null
    CompletionStage<@Nullable Refusal> fire(Found found, long timeMs, Progress then) {
        Schedule schedule = found.schedule();
        Found next = found.with(schedule.with(then));
        Refusal standing = refusal(schedule);
        if (standing != null) {
            return refused(next, standing);
        }
        Publication message =
                new Publication(
                        schedule.terms().target().address(schedule.namespace()),
                        schedule.content(timeMs));
        return session.transact(
                        new Transaction(List.of(message, store.keeping(next)), List.of(), true))
                .handle((outcomes, failed) -> {
                    if (failed != null) {
                        return refused(next, refusal(schedule, failed));
                    }
                    Outcome outcome = outcomes.at(0);
                    return outcome == Outcome.STORED
                            ? CompletableFuture.<@Nullable Refusal>completedFuture(null)
                            : refusedLate(next, refusal(schedule, outcome));
                })
                .thenCompose(stage -> stage);
    }

    /// Nothing is published; that is kept with how far it came.
    private CompletionStage<@Nullable Refusal> refused(Found next, Refusal why) {
        Progress then = next.schedule().progress().refused(wallMs.getAsLong(), text(why));
        return store.keep(next.with(next.schedule().with(then))).thenApply(_ -> why);
    }

    /// How far it came is kept, but nobody took the message.
    private CompletionStage<@Nullable Refusal> refusedLate(Found next, Refusal why) {
        Schedule schedule = next.schedule();
        return store.find(schedule.namespace(), schedule.name())
                .thenCompose(found ->
                        found == null
                                ? CompletableFuture.completedFuture(why)
                                : refused(found, why));
    }

    private static String text(Refusal why) {
        return String.valueOf(why.getMessage());
    }

    // What stands against it --------------------------------------------------------------------

    /// Why a schedule cannot publish now, as far as that is known before, or null.
    @Nullable Refusal refusal(Schedule schedule) {
        Target target = schedule.terms().target();
        return mayPublish(new Principal(schedule.owner()), schedule)
                ? missing(session.definitions(), schedule.namespace(), target)
                : denied(target);
    }

    /// Whether somebody may have this schedule.
    boolean mayPublish(Principal who, Schedule schedule) {
        return permissions.allow(
                who, Operation.WRITE, schedule.namespace(), schedule.terms().target().name());
    }

    static Refusal denied(Target target) {
        return refusal(Outcome.DENIED, target.name());
    }

    private static @Nullable Refusal missing(
            Definitions definitions, String namespace, Target target) {
        if (target.kind() == Kind.SUBJECT) {
            return null;
        }
        Topic there = definitions.topic(new TopicName(namespace, target.name()));
        boolean isQueue = target.kind() == Kind.QUEUE;
        if (there != null && there.spec().isQueue() == isQueue) {
            return null;
        }
        return Places.missing(target.kind().word(), target.name(), there);
    }

    private static Refusal refusal(Schedule schedule, Outcome outcome) {
        return refusal(outcome, schedule.terms().target().name());
    }

    private static Refusal refusal(Outcome outcome, String target) {
        return new Refusal(
                Publishing.status(outcome),
                Publishing.code(outcome),
                Publishing.why(outcome, target),
                Publishing.hint(outcome));
    }

    /// What a failure says against the message; rethrown where it says nothing against it.
    private static Refusal refusal(Schedule schedule, Throwable failed) {
        Throwable why = BrokerException.reason(failed);
        if (why instanceof TransactionException full
                && full.why() == TransactionException.Why.FULL) {
            return refusal(schedule, Outcome.REJECTED);
        }
        if (why instanceof BrokerException said) {
            boolean ofMessage =
                    switch (said.kind()) {
                        case NOT_FOUND, LOCKED, DENIED, INVALID, FULL -> true;
                        default -> false;
                    };
            if (ofMessage) {
                return new Refusal(
                        said.kind() == BrokerException.Kind.INVALID
                                ? Status.UNPROCESSABLE
                                : Status.CONFLICT,
                        said.kind().name(),
                        String.valueOf(said.getMessage()),
                        null);
            }
            throw said;
        }
        throw new IllegalStateException(why);
    }
}
