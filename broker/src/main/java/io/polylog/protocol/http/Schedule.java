package io.polylog.protocol.http;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.calendar.Times;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.TopicName;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A schedule as it is kept, in JSON: what its maker said, and how far it came. Immutable; any
/// thread.
///
/// @param namespace its own and its target's
/// @param name within the namespace
/// @param owner the user who said it last, in whose name it publishes
/// @param terms what he said
/// @param progress how far it came
record Schedule(String namespace, String name, String owner, Terms terms, Progress progress) {
    /// Headers of what it publishes: its name, and the time that it is for.
    private static final String NAME_HEADER = "x-schedule";

    private static final String TIME_HEADER = "x-schedule-time";

    /// The most times of those missed that are made up for.
    private static final int MOST_MISSED = 1_000;

    /// When, where and what.
    ///
    /// @param cron as [Times#of] reads it
    /// @param timeZone by IANA's name
    /// @param target where it publishes
    /// @param message what it publishes
    /// @param catchUp what becomes of times that were missed
    /// @param paused whether it waits for its maker
    record Terms(
            String cron,
            String timeZone,
            Target target,
            Said message,
            CatchUp catchUp,
            boolean paused) {
        Times times() {
            return Times.of(cron, ZoneId.of(timeZone));
        }

        Terms paused(boolean now) {
            return new Terms(cron, timeZone, target, message, catchUp, now);
        }
    }

    /// Where it publishes.
    ///
    /// @param name of a queue or topic, or a subject
    record Target(Kind kind, String name) {
        Address address(String namespace) {
            return kind == Kind.SUBJECT
                    ? new Address.Subject(namespace, name)
                    : new Address.Direct(new TopicName(namespace, name), -1);
        }
    }

    /// What a target is.
    enum Kind {
        QUEUE,
        TOPIC,
        SUBJECT;

        /// As JSON says it.
        String word() {
            return Schedule.word(this);
        }
    }

    /// What becomes of times that were missed.
    enum CatchUp {
        /// Nothing.
        SKIP,
        /// It publishes once for all of them.
        ONE,
        /// It publishes for each, at most [#MOST_MISSED].
        ALL;

        /// As JSON says it.
        String word() {
            return Schedule.word(this);
        }
    }

    private static String word(Enum<?> one) {
        return one.name().toLowerCase(Locale.ROOT);
    }

    /// How far it came; times are milliseconds since 1970, and -1 for none.
    ///
    /// @param dueMs when it is time next
    /// @param missed times in a row that were made up for
    /// @param lastMs when it published last, or tried to
    /// @param fired how often it published, or tried to
    /// @param refused how often of that it was refused
    /// @param error why it was refused last
    /// @param errorMs when that was
    record Progress(
            long dueMs,
            int missed,
            long lastMs,
            long fired,
            long refused,
            @Nullable String error,
            long errorMs) {
        static final Progress NONE = new Progress(-1, 0, -1, 0, 0, null, -1);

        /// It is time next then.
        Progress due(long atMs) {
            return due(atMs, 0);
        }

        private Progress due(long atMs, int nowMissed) {
            return new Progress(atMs, nowMissed, lastMs, fired, refused, error, errorMs);
        }

        /// It publishes.
        Progress fired(long nowMs) {
            return new Progress(dueMs, missed, nowMs, fired + 1, refused, error, errorMs);
        }

        /// That was refused.
        Progress refused(long nowMs, String why) {
            return new Progress(dueMs, missed, lastMs, fired, refused + 1, why, nowMs);
        }
    }

    Schedule with(Progress other) {
        return new Schedule(namespace, name, owner, terms, other);
    }

    /// The same that waits for its maker, or goes on from now: what it is time for meanwhile is not
    /// missed.
    Schedule paused(boolean paused, long nowMs) {
        if (paused == terms.paused) {
            return this;
        }
        long dueMs = paused ? -1 : terms.times().after(nowMs);
        return new Schedule(namespace, name, owner, terms.paused(paused), progress.due(dueMs));
    }

    // When it is time --------------------------------------------------------------------------

    /// What is to be done.
    ///
    /// @param publishes whether it publishes now
    /// @param then how far it came with that
    record Step(boolean publishes, Progress then) {}

    /// What is to be done now that it is time.
    ///
    /// @param missedBeforeMs what was due before that was missed
    Step step(long nowMs, long missedBeforeMs) {
        Times times = terms.times();
        long dueMs = progress.dueMs;
        Progress fired = progress.fired(nowMs);
        if (dueMs >= missedBeforeMs) {
            return new Step(true, fired.due(times.after(dueMs)));
        }
        return switch (terms.catchUp) {
            case SKIP -> new Step(false, progress.due(times.after(nowMs)));
            case ONE -> new Step(true, fired.due(times.again(dueMs, nowMs)));
            case ALL -> {
                int missed = progress.missed + 1;
                yield missed < MOST_MISSED
                        ? new Step(true, fired.due(times.after(dueMs), missed))
                        : new Step(true, fired.due(times.again(dueMs, nowMs)));
            }
        };
    }

    /// What it publishes for a time.
    ///
    /// @throws IllegalArgumentException where the message makes no sense
    Content content(long timeMs) {
        Said said = terms.message;
        Message message = said.message(terms.target.name, said.payload());
        List<Header> headers = new ArrayList<>(message.headers());
        headers.removeIf(
                each -> each.name().equals(NAME_HEADER) || each.name().equals(TIME_HEADER));
        headers.add(new Header(NAME_HEADER, name));
        headers.add(new Header(TIME_HEADER, time(timeMs)));
        Message whole =
                new Message(
                        message.subject(),
                        message.key(),
                        message.properties(),
                        headers,
                        message.body());
        return new Content(HttpMapping.ENCODING, said.envelope(whole), HttpContent.of(whole));
    }

    // What is shown ----------------------------------------------------------------------------

    /// All but the message.
    Map<String, Object> shown() {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", name);
        shown.put("namespace", namespace);
        shown.put("cron", terms.cron);
        shown.put("timeZone", terms.timeZone);
        shown.put("target", Map.of(terms.target.kind.word(), terms.target.name));
        shown.put("catchUp", terms.catchUp.word());
        shown.put("paused", terms.paused);
        shown.put("owner", owner);
        put(shown, "next", progress.dueMs);
        put(shown, "last", progress.lastMs);
        shown.put("fired", progress.fired);
        shown.put("refused", progress.refused);
        if (progress.error != null) {
            shown.put("lastError", progress.error);
            put(shown, "lastErrorAt", progress.errorMs);
        }
        return shown;
    }

    /// All of it.
    Map<String, Object> shownWhole() {
        Map<String, Object> shown = shown();
        shown.put("message", Json.members(terms.message));
        return shown;
    }

    private static void put(Map<String, Object> shown, String name, long timeMs) {
        if (timeMs >= 0) {
            shown.put(name, time(timeMs));
        }
    }

    private static String time(long timeMs) {
        return Instant.ofEpochMilli(timeMs).toString();
    }
}
