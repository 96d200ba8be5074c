package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.Publication.Content;
import io.polylog.calendar.Durations;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.NatsMapping;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// How long a message may stay, as the header `Nats-TTL` says it (ADR-43): `never`, seconds, or
/// Go's duration of a second or more. Stateless; any thread.
public final class TimeToLive {
    public static final String HEADER = "Nats-TTL";

    private static final Pattern SECONDS = Pattern.compile("\\d{1,12}");
    private static final long LEAST_MS = 1000;

    private TimeToLive() {}

    public static boolean isValid(String said) {
        return said.equalsIgnoreCase("never")
                || SECONDS.matcher(said).matches()
                || Durations.ms(said) >= LEAST_MS;
    }

    /// A message that says no less; `0` and `never` stay what they are.
    ///
    /// @param said what it says
    /// @param leastNs whole seconds of it count
    public static Content atLeast(Content content, String said, long leastNs) {
        long leastMs = TimeUnit.NANOSECONDS.toSeconds(leastNs) * LEAST_MS;
        long ms = Durations.ms(said);
        if (ms <= 0 || ms >= leastMs) {
            return content;
        }
        NatsContent message = NatsContent.wrap(content.bytes());
        NatsHeaders headers = new NatsHeaders();
        for (NatsHeaders.Field field : NatsHeaders.read(message.headers()).fields()) {
            if (!field.name().equals(HEADER)) {
                headers.add(field.name(), field.value());
            }
        }
        headers.add(HEADER, String.valueOf(leastMs / LEAST_MS));
        byte[] block = headers.block();
        return new Content(
                NatsMapping.ENCODING,
                NatsMapping.envelope(block),
                NatsContent.of(message.subject(), message.reply(), block, message.payload()));
    }
}
