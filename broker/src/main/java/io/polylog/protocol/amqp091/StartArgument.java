package io.polylog.protocol.amqp091;

import io.polylog.broker.ConsumeSpec.Start;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The consumer argument `x-stream-offset`, in every form RabbitMQ gives it: `first`, `last`,
/// `next`, an offset, a timestamp, or an interval before now such as `1h`. Without it a
/// subscription begins with what comes from now on. Pure.
final class StartArgument {
    static final String NAME = "x-stream-offset";

    private static final Pattern INTERVAL = Pattern.compile("(\\d{1,9})([YMDhms])");
    private static final long SECOND_MS = 1000;
    private static final long DAY_MS = 24 * 60 * 60 * SECOND_MS;

    private StartArgument() {}

    /// @param nowMs milliseconds since 1970, what an interval is counted back from
    /// @throws AmqpException PRECONDITION_FAILED if the value has none of the forms
    static Start of(Map<String, @Nullable Object> arguments, long nowMs) {
        if (!arguments.containsKey(NAME)) {
            return Start.Edge.NEXT;
        }
        return switch (arguments.get(NAME)) {
            case String word -> named(word, nowMs);
            case Instant time -> new Start.Time(time.toEpochMilli());
            case Byte n when n >= 0 -> new Start.Offset(n);
            case Short n when n >= 0 -> new Start.Offset(n);
            case Integer n when n >= 0 -> new Start.Offset(n);
            case Long n when n >= 0 -> new Start.Offset(n);
            case null, default -> throw invalid(arguments.get(NAME));
        };
    }

    private static Start named(String word, long nowMs) {
        return switch (word) {
            case "first" -> Start.Edge.FIRST;
            case "last" -> Start.Edge.LAST;
            case "next" -> Start.Edge.NEXT;
            default -> {
                long ms = intervalMs(word);
                if (ms < 0) {
                    throw invalid(word);
                }
                yield new Start.Time(nowMs - ms);
            }
        };
    }

    /// Milliseconds of an interval such as `1h`, in the units Y, M (30 days), D, h, m and s; -1
    /// where the text is none.
    static long intervalMs(String text) {
        Matcher matcher = INTERVAL.matcher(text);
        if (!matcher.matches()) {
            return -1;
        }
        long unitMs =
                switch (matcher.group(2)) {
                    case "Y" -> 365 * DAY_MS;
                    case "M" -> 30 * DAY_MS;
                    case "D" -> DAY_MS;
                    case "h" -> DAY_MS / 24;
                    case "m" -> 60 * SECOND_MS;
                    default -> SECOND_MS;
                };
        return Long.parseLong(matcher.group(1)) * unitMs;
    }

    private static AmqpException invalid(@Nullable Object value) {
        return AmqpException.invalidArgument(NAME, "consumer", value);
    }
}
