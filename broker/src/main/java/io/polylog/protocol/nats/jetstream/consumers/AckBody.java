package io.polylog.protocol.nats.jetstream.consumers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.protocol.nats.jetstream.api.Json;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is said of a delivered message. Immutable; any thread.
///
/// @param rest what follows the word
public record AckBody(Kind kind, String rest) {
    private static final Pattern DELAY = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h)");

    /// What becomes of it.
    enum Kind {
        ACK,
        NEXT,
        TERMINATE,
        AGAIN,
        IN_PROGRESS
    }

    /// An unknown word acknowledges nothing but keeps the message a while, as progress does.
    static AckBody read(byte[] payload) {
        String text = new String(payload, UTF_8).strip();
        int space = text.indexOf(' ');
        String word = space < 0 ? text : text.substring(0, space);
        String rest = space < 0 ? "" : text.substring(space + 1).strip();
        Kind kind =
                switch (word) {
                    case "", "+ACK", "+OK" -> Kind.ACK;
                    case "+NXT" -> Kind.NEXT;
                    case "+TERM" -> Kind.TERMINATE;
                    case "-NAK" -> Kind.AGAIN;
                    default -> Kind.IN_PROGRESS;
                };
        return new AckBody(kind, rest);
    }

    /// How long it is hidden before it comes again: a duration, or JSON with nanoseconds.
    long delayMs() {
        if (rest.startsWith("{")) {
            return TimeUnit.NANOSECONDS.toMillis(
                    Json.read(rest.getBytes(UTF_8)).path("delay").asLong(0));
        }
        Matcher found = DELAY.matcher(rest);
        if (!found.matches()) {
            return 0;
        }
        double number = Double.parseDouble(found.group(1));
        return (long)
                switch (found.group(2)) {
                    case "ms" -> number;
                    case "s" -> number * 1000;
                    case "m" -> number * 60_000;
                    default -> number * 3_600_000;
                };
    }
}
