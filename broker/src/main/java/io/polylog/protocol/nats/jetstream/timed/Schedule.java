package io.polylog.protocol.nats.jetstream.timed;

import io.polylog.protocol.nats.Durations;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.TimeToLive;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// When a message publishes another, and where: what its headers say (ADR-51). Immutable; any
/// thread.
///
/// @param times when
/// @param target on which subject
/// @param source whose newest message it publishes, or "" for its own content
/// @param timeToLive of what it publishes, or ""
/// @param replaces whether what it publishes replaces what its subject has
public record Schedule(
        Times times, String target, String source, String timeToLive, boolean replaces) {
    static final String PATTERN = "Nats-Schedule";

    private static final long LEAST_INTERVAL_MS = 1000;
    private static final long SECOND_MS = 1000;
    private static final Map<String, String> NAMED =
            Map.of(
                    "@yearly", "0 0 0 1 1 *",
                    "@annually", "0 0 0 1 1 *",
                    "@monthly", "0 0 0 1 * *",
                    "@weekly", "0 0 0 * * 0",
                    "@daily", "0 0 0 * * *",
                    "@midnight", "0 0 0 * * *",
                    "@hourly", "0 0 * * * *");

    /// The times of a schedule. Immutable; any thread.
    sealed interface Times {
        /// Once.
        ///
        /// @param timeMs milliseconds since 1970
        record At(long timeMs) implements Times {}

        /// Again and again.
        record Every(long intervalMs) implements Times {}

        /// By the calendar of a zone.
        record By(Cron cron, ZoneId zone) implements Times {}

        /// When it is time, after a time; both in milliseconds since 1970.
        ///
        /// @return -1 for never
        default long after(long timeMs) {
            return switch (this) {
                case At at -> at.timeMs;
                // From whole seconds, as nats-server counts.
                case Every every ->
                        (timeMs + SECOND_MS / 2) / SECOND_MS * SECOND_MS + every.intervalMs;
                case By by -> {
                    ZonedDateTime next =
                            by.cron.after(Instant.ofEpochMilli(timeMs).atZone(by.zone));
                    yield next == null ? -1 : next.toInstant().toEpochMilli();
                }
            };
        }

        /// When it is time again, where that may be long ago: what was missed comes once.
        ///
        /// @return -1 for never
        default long again(long dueMs, long nowMs) {
            if (this instanceof At) {
                return -1;
            }
            long next = after(dueMs);
            return next >= 0 && next < nowMs ? after(nowMs) : next;
        }
    }

    /// What a message's headers say; null where it is no schedule.
    ///
    /// @throws ApiException where they make no sense
    static @Nullable Schedule of(Map<String, String> headers) {
        String pattern = headers.getOrDefault(PATTERN, "");
        if (pattern.isEmpty()) {
            return null;
        }
        String timeToLive = headers.getOrDefault("Nats-Schedule-TTL", "");
        if (!timeToLive.isEmpty() && !TimeToLive.isValid(timeToLive)) {
            throw ApiError.SCHEDULE_TIME_TO_LIVE.plain();
        }
        String rollup = headers.getOrDefault("Nats-Schedule-Rollup", "");
        if (!rollup.isEmpty() && !rollup.equals("sub")) {
            throw ApiError.SCHEDULE_ROLLUP.plain();
        }
        return new Schedule(
                times(pattern, headers.get("Nats-Schedule-Time-Zone")),
                headers.getOrDefault("Nats-Schedule-Target", ""),
                headers.getOrDefault("Nats-Schedule-Source", ""),
                timeToLive,
                !rollup.isEmpty());
    }

    private static Times times(String pattern, @Nullable String zoneName) {
        ZoneId zone = zoneName == null ? ZoneOffset.UTC : zone(zoneName);
        if (pattern.startsWith("@at ") && zoneName == null) {
            String time = pattern.substring("@at ".length());
            if (Json.isTime(time)) {
                return new Times.At(Math.max(0, Json.ms(time)));
            }
        } else if (pattern.startsWith("@every ") && zoneName == null) {
            String interval = pattern.substring("@every ".length());
            long ms = Durations.ms(interval);
            if (ms >= LEAST_INTERVAL_MS
                    && !Character.isDigit(interval.charAt(interval.length() - 1))) {
                return new Times.Every(ms);
            }
        } else {
            Cron cron = Cron.read(NAMED.getOrDefault(pattern, pattern));
            if (cron != null) {
                return new Times.By(cron, zone);
            }
        }
        throw ApiError.SCHEDULE_PATTERN.plain();
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException none) {
            throw ApiError.SCHEDULE_ZONE.plain();
        }
    }

    /// Checks it against where it is published.
    ///
    /// @param subject of the message that says it
    /// @throws ApiException where it makes no sense
    void check(StreamConfig stream, String subject) {
        if (!isOf(stream, target) || target.equals(subject)) {
            throw ApiError.SCHEDULE_TARGET.plain();
        }
        if (source.isEmpty()) {
            return;
        }
        if (!isOf(stream, source) || source.equals(subject) || source.equals(target)) {
            throw ApiError.SCHEDULE_SOURCE.plain();
        }
    }

    private static boolean isOf(StreamConfig stream, String subject) {
        List<String> subjects = stream.subjects();
        return NatsSubjects.isLiteral(subject)
                && subjects.stream().anyMatch(each -> NatsSubjects.matches(each, subject));
    }
}
