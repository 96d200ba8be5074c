package io.polylog.calendar;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;

/// Times at which something is to be done. Immutable; any thread.
public sealed interface Times {
    long SECOND_MS = 1000;

    /// Before a length of time: again and again.
    String EVERY = "@every ";

    /// Once.
    ///
    /// @param timeMs milliseconds since 1970
    record At(long timeMs) implements Times {}

    /// Again and again.
    record Every(long intervalMs) implements Times {
        /// A length of time with its unit, of a second or more.
        ///
        /// @throws IllegalArgumentException where it is none
        public static Every of(String interval) {
            long ms = Durations.ms(interval);
            boolean plain = interval.chars().allMatch(Character::isDigit);
            if (plain || ms < SECOND_MS) {
                throw new IllegalArgumentException(
                        "'" + interval + "' is no time of 1s or more, such as 90s or 1h30m");
            }
            return new Every(ms);
        }
    }

    /// By the calendar of a zone.
    record By(Cron cron, ZoneId zone) implements Times {}

    /// The times that a text says: [Cron#of] or `@every 90s`.
    ///
    /// @throws IllegalArgumentException saying what makes no sense
    static Times of(String text, ZoneId zone) {
        String stripped = text.strip();
        return stripped.startsWith(EVERY)
                ? Every.of(stripped.substring(EVERY.length()).strip())
                : new By(Cron.of(stripped), zone);
    }

    /// When it is time, after a time; both in milliseconds since 1970.
    ///
    /// @return -1 for never
    default long after(long timeMs) {
        return switch (this) {
            case At at -> at.timeMs;
            // From whole seconds, as nats-server counts.
            case Every every -> (timeMs + SECOND_MS / 2) / SECOND_MS * SECOND_MS + every.intervalMs;
            case By by -> {
                ZonedDateTime next = by.cron.after(Instant.ofEpochMilli(timeMs).atZone(by.zone));
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
