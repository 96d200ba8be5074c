package io.polylog.protocol.nats.jetstream.timed;

import io.polylog.calendar.Cron;
import io.polylog.calendar.Times;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.TimeToLive;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
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
            throw ApiError.SCHEDULE_PATTERN.plain();
        }
        try {
            return pattern.startsWith(Times.EVERY) && zoneName == null
                    ? Times.Every.of(pattern.substring(Times.EVERY.length()))
                    : new Times.By(Cron.withSeconds(pattern), zone);
        } catch (IllegalArgumentException none) {
            throw ApiError.SCHEDULE_PATTERN.plain();
        }
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
