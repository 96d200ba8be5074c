package io.polylog.protocol.nats.jetstream;

import io.polylog.protocol.nats.Durations;
import java.util.regex.Pattern;

/// How long a message may stay, as the header `Nats-TTL` says it (ADR-43): `never`, seconds, or
/// Go's duration of a second or more. Stateless; any thread.
final class TimeToLive {
    private static final Pattern SECONDS = Pattern.compile("\\d{1,12}");
    private static final long LEAST_MS = 1000;

    private TimeToLive() {}

    static boolean isValid(String said) {
        return said.equalsIgnoreCase("never")
                || SECONDS.matcher(said).matches()
                || Durations.ms(said) >= LEAST_MS;
    }
}
