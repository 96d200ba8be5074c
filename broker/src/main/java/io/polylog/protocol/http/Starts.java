package io.polylog.protocol.http;

import io.polylog.broker.ConsumeSpec.Start;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where readers begin, as a request says it. Stateless; any thread.
final class Starts {
    private static final Pattern OFFSET = Pattern.compile("\\d{1,18}");

    private Starts() {}

    /// @param from `first`, `last`, `next`, an offset or a time; null for `next`
    /// @throws io.polylog.http.Refusal 400
    static Start of(@Nullable String from) {
        return switch (from) {
            case null -> Start.Edge.NEXT;
            case "next" -> Start.Edge.NEXT;
            case "first" -> Start.Edge.FIRST;
            case "last" -> Start.Edge.LAST;
            case String offset when OFFSET.matcher(offset).matches() ->
                    new Start.Offset(Long.parseLong(offset));
            default -> {
                try {
                    yield new Start.Time(Instant.parse(from).toEpochMilli());
                } catch (DateTimeException bad) {
                    throw Json.invalid(
                            "from: first, last, next, an offset or a time such as"
                                    + " 2026-01-31T12:00:00Z, not "
                                    + from);
                }
            }
        };
    }
}
