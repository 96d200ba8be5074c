package io.polylog.protocol.http;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Session;
import io.polylog.broker.SubjectView.Page;
import io.polylog.http.Answers;
import io.polylog.http.Answers.Answer;
import io.polylog.http.Endpoint;
import io.polylog.http.Refusal;
import io.polylog.http.Request;
import io.polylog.http.RequestLoop;
import io.polylog.http.Status;
import io.polylog.protocol.http.Schedule.Progress;
import io.polylog.protocol.http.Schedule.Terms;
import io.polylog.protocol.http.ScheduleStore.Found;
import io.polylog.security.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Makes, shows, changes and removes schedules. Each request on a thread of its own, in a session
/// of the broker's; what it finds may be replaced meanwhile, because it is time: then it begins
/// anew.
final class Scheduling {
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}._:@-]{1,128}");
    private static final int MOST_BYTES = 256 << 10;
    private static final int MOST_LISTED = 1_000;
    private static final int MOST_TRIES = 20;

    private final Answers<HttpPlace> answers;

    Scheduling(Answers<HttpPlace> answers) {
        this.answers = answers;
    }

    /// One request.
    private record Asked(
            HttpPlace place,
            Principal who,
            Request request,
            RequestLoop loop,
            Session session,
            ScheduleStore store,
            Firing firing) {
        <T extends @Nullable Object> T await(CompletionStage<T> stage) {
            return loop.await(stage);
        }

        String namespace() {
            return Named.namespace(request);
        }

        String name() {
            String name = request.parameter("name");
            if (!NAME.matcher(name).matches()) {
                throw Json.invalid(
                        "a schedule's name has 1 to 128 letters, digits and . _ : @ -, not '%s'"
                                .formatted(name));
            }
            return name;
        }

        long nowMs() {
            return place.schedules().wallMs();
        }

        /// The one in the path; null where there is none.
        @Nullable Found there() {
            return await(store.find(namespace(), name()));
        }

        /// The one in the path, where who asks may know of it.
        Found existing() {
            Found found = there();
            if (found == null || !firing.mayPublish(who, found.schedule())) {
                throw new Refusal(
                        Status.NOT_FOUND,
                        "NOT_FOUND",
                        "no schedule '" + name() + "'",
                        "make it with PUT /v1/schedules/NAME");
            }
            return found;
        }
    }

    /// What serves requests.
    private Endpoint serving(Function<Asked, Object> action) {
        return answers.answering((place, who, request) -> {
            RequestLoop loop = new RequestLoop(answers::isClosing);
            Schedules all = place.schedules();
            try (Session session = place.broker().session(Principal.BROKER, loop)) {
                ScheduleStore store = all.store(session);
                Firing firing = all.firing(session, store);
                return action.apply(new Asked(place, who, request, loop, session, store, firing));
            }
        });
    }

    Endpoint list() {
        return serving(Scheduling::list);
    }

    Endpoint put() {
        return serving(asked -> insist(() -> put(asked)));
    }

    Endpoint get() {
        return serving(asked -> asked.existing().schedule().shownWhole());
    }

    Endpoint delete() {
        return serving(asked ->
                insist(() -> {
                    Found found = asked.existing();
                    return asked.await(asked.store.remove(found))
                            ? Map.of("deleted", found.schedule().name())
                            : null;
                }));
    }

    Endpoint pause() {
        return changing(asked -> schedule -> schedule.paused(true, asked.nowMs()));
    }

    Endpoint resume() {
        return changing(asked -> schedule -> schedule.paused(false, asked.nowMs()));
    }

    Endpoint run() {
        return serving(asked -> insist(() -> run(asked)));
    }

    // How it is done ---------------------------------------------------------------------------

    /// One try; null where another change was first.
    @FunctionalInterface
    private interface Try {
        @Nullable Object once();
    }

    private static Object insist(Try change) {
        for (int tries = 0; tries < MOST_TRIES; tries++) {
            Object done = change.once();
            if (done != null) {
                return done;
            }
        }
        throw new BrokerException(Kind.BUSY, "the schedule is being changed all the time");
    }

    private Endpoint changing(Function<Asked, UnaryOperator<Schedule>> change) {
        return serving(asked ->
                insist(() -> {
                    Found found = asked.existing();
                    Schedule next = change.apply(asked).apply(found.schedule());
                    return asked.await(asked.store.keep(found.with(next))) ? next.shown() : null;
                }));
    }

    private static Object list(Asked asked) {
        Page<Found> page =
                asked.await(
                        asked.store.list(
                                asked.namespace(), asked.request.query("after"), MOST_LISTED));
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put(
                "schedules",
                page.all().stream()
                        .map(Found::schedule)
                        .filter(each -> asked.firing.mayPublish(asked.who, each))
                        .map(Schedule::shown)
                        .toList());
        if (page.next() != null) {
            shown.put("next", page.next());
        }
        return shown;
    }

    private static @Nullable Object put(Asked asked) {
        byte[] body = asked.request.body();
        if (body.length > MOST_BYTES) {
            throw new Refusal(
                    Status.CONTENT_TOO_LARGE,
                    "TOO_LARGE",
                    "a schedule has at most " + MOST_BYTES + " bytes",
                    null);
        }
        String name = asked.name();
        if (!asked.session.definitions().namespaceExists(asked.namespace())) {
            throw new BrokerException(Kind.NOT_FOUND, "no namespace " + asked.namespace());
        }
        Found before = asked.there();
        boolean isPaused = before != null && before.schedule().terms().paused();
        Terms terms =
                Json.asked(body, ScheduleOrder.class)
                        .terms(name, isPaused, asked.nowMs(), asked.place.settings());
        Progress progress = before == null ? Progress.NONE : before.schedule().progress();
        Schedule next =
                new Schedule(
                        asked.namespace(),
                        name,
                        asked.who.name(),
                        terms,
                        progress.due(dueMs(before, terms, asked.nowMs())));
        check(asked, next, before);
        long offset = before == null ? -1 : before.offset();
        if (!asked.await(asked.store.keep(new Found(next, offset)))) {
            return null;
        }
        return new Answer(before == null ? Status.CREATED : Status.OK, next.shownWhole());
    }

    /// Who says the same times again does not put them off.
    private static long dueMs(@Nullable Found before, Terms terms, long nowMs) {
        if (terms.paused()) {
            return -1;
        }
        if (before != null) {
            Terms old = before.schedule().terms();
            boolean same =
                    !old.paused()
                            && old.cron().equals(terms.cron())
                            && old.timeZone().equals(terms.timeZone());
            if (same) {
                return before.schedule().progress().dueMs();
            }
        }
        return terms.times().after(nowMs);
    }

    private static void check(Asked asked, Schedule next, @Nullable Found before) {
        boolean may =
                asked.firing.mayPublish(asked.who, next)
                        && (before == null
                                || asked.firing.mayPublish(asked.who, before.schedule()));
        if (!may) {
            throw Firing.denied(next.terms().target());
        }
        Refusal refusal = asked.firing.refusal(next);
        if (refusal != null) {
            throw refusal;
        }
        if (before == null) {
            asked.await(asked.store.make());
            asked.place.schedules().begin();
            int most = asked.place.schedules().most();
            if (!asked.await(asked.store.hasRoom(next.namespace(), most))) {
                throw new BrokerException(
                        Kind.FULL, "a namespace has at most " + most + " schedules");
            }
        }
    }

    /// Beside its times, which stay as they are.
    private static @Nullable Object run(Asked asked) {
        Found found = asked.existing();
        Schedule schedule = found.schedule();
        long nowMs = asked.nowMs();
        Progress then = schedule.progress().fired(nowMs);
        Refusal refusal;
        try {
            refusal = asked.await(asked.firing.fire(found, nowMs, then));
        } catch (BrokerException failed) {
            if (failed.kind() == Kind.CONFLICT) {
                return null;
            }
            throw failed;
        }
        if (refusal != null) {
            throw refusal;
        }
        return schedule.with(then).shown();
    }
}
