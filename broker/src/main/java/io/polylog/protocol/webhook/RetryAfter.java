package io.polylog.protocol.webhook;

import java.time.DateTimeException;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/// The header Retry-After (RFC 9110, section 10.2.3): seconds, or a date. Stateless; any thread.
final class RetryAfter {
    /// Nobody waits longer at a receiver's word.
    static final long MOST_MS = 86_400_000;

    private static final int MOST_DIGITS = 9;

    private RetryAfter() {}

    /// How long to wait, 0 to [#MOST_MS] milliseconds; -1 where it does not say.
    ///
    /// @param nowMs milliseconds since 1970
    static long ms(@Nullable String header, long nowMs) {
        String said = header == null ? "" : header.strip();
        if (said.isEmpty()) {
            return -1;
        }
        if (said.chars().allMatch(c -> c >= '0' && c <= '9')) {
            long seconds = said.length() > MOST_DIGITS ? MOST_MS : Long.parseLong(said);
            return Math.min(MOST_MS, seconds * 1000);
        }
        try {
            long atMs =
                    ZonedDateTime.parse(said, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant()
                            .toEpochMilli();
            return Math.clamp(atMs - nowMs, 0, MOST_MS);
        } catch (DateTimeException neither) {
            return -1;
        }
    }
}
