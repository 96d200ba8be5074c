package io.polylog.protocol.http;

import io.polylog.calendar.Times;
import io.polylog.protocol.http.Schedule.CatchUp;
import io.polylog.protocol.http.Schedule.Kind;
import io.polylog.protocol.http.Schedule.Target;
import io.polylog.protocol.http.Schedule.Terms;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A schedule as its maker says it, in JSON; what is left out is null. `docs/schedules.md` has the
/// members.
record ScheduleOrder(
        @Nullable String name,
        @Nullable String cron,
        @Nullable String timeZone,
        @Nullable To target,
        @Nullable Said message,
        @Nullable String catchUp,
        @Nullable Boolean paused) {
    /// Where to: one of them.
    record To(@Nullable String queue, @Nullable String topic, @Nullable String subject) {}

    /// What it says.
    ///
    /// @param named in the path
    /// @param isPaused where it does not say
    /// @param nowMs milliseconds since 1970
    /// @throws io.polylog.http.Refusal 400 or 413, naming what makes no sense
    Terms terms(String named, boolean isPaused, long nowMs, HttpSettings settings) {
        if (name != null && !name.equals(named)) {
            throw Json.invalid("name: the path says '" + named + "', not '" + name + "'");
        }
        Target where = to();
        Terms terms =
                new Terms(
                        text("cron", cron),
                        timeZone == null ? "UTC" : timeZone,
                        where,
                        message(where.name(), settings),
                        missed(),
                        paused == null ? isPaused : paused);
        if (times(terms.cron(), zone(terms.timeZone())).after(nowMs) < 0) {
            throw Json.invalid("cron: '" + terms.cron() + "' never comes");
        }
        return terms;
    }

    private static String text(String member, @Nullable String said) {
        if (said == null || said.isBlank()) {
            throw Json.invalid(member + ": is missing");
        }
        return said;
    }

    private static Times times(String cron, ZoneId zone) {
        try {
            return Times.of(cron, zone);
        } catch (IllegalArgumentException bad) {
            throw Json.invalid("cron: " + bad.getMessage());
        }
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException unknown) {
            throw Json.invalid(
                    "timeZone: there is no '" + name + "'; one is such as Europe/Berlin or UTC");
        }
    }

    private Target to() {
        To to = target == null ? new To(null, null, null) : target;
        List<Target> all = new ArrayList<>();
        add(all, Kind.QUEUE, to.queue);
        add(all, Kind.TOPIC, to.topic);
        add(all, Kind.SUBJECT, to.subject);
        if (all.size() != 1) {
            throw Json.invalid("target: has one of queue, topic and subject, not " + all.size());
        }
        Target only = all.getFirst();
        Named.checked("target." + only.kind().word() + ": ", only.name());
        return only;
    }

    private static void add(List<Target> all, Kind kind, @Nullable String name) {
        if (name != null) {
            all.add(new Target(kind, name));
        }
    }

    /// Each time it is another message, so it has no id of its own.
    private Said message(String subject, HttpSettings settings) {
        if (message == null) {
            throw Json.invalid("message: is missing");
        }
        if (message.messageId() != null) {
            throw Json.invalid("message.messageId: each time it is another message");
        }
        Contents.one(message, "message: ", subject, settings);
        return message;
    }

    private CatchUp missed() {
        if (catchUp == null) {
            return CatchUp.SKIP;
        }
        return Arrays.stream(CatchUp.values())
                .filter(each -> each.word().equals(catchUp))
                .findAny()
                .orElseThrow(
                        () -> Json.invalid("catchUp: one of skip, one and all, not " + catchUp));
    }
}
