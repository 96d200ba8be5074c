package io.polylog.calendar;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lengths of time as people write them: seconds, or what Go calls a duration (`90s`, `1m30s`,
/// `1.5h`). Stateless; any thread.
public final class Durations {
    private static final String A_PART = "(\\d{1,9}(?:\\.\\d{0,9})?)(ns|us|µs|μs|ms|s|m|h)";
    private static final Pattern PART = Pattern.compile(A_PART);
    private static final Pattern ALL = Pattern.compile("(?:" + A_PART + "){1,8}");
    private static final Pattern SECONDS = Pattern.compile("\\d{1,12}");
    private static final long MS_PER_SECOND = 1000;

    private Durations() {}

    /// The milliseconds that a text says, or -1.
    public static long ms(String text) {
        if (SECONDS.matcher(text).matches()) {
            return Long.parseLong(text) * MS_PER_SECOND;
        }
        if (!ALL.matcher(text).matches()) {
            return -1;
        }
        double ms = 0;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            ms += Double.parseDouble(part.group(1)) * unitMs(part.group(2));
        }
        return Math.round(ms);
    }

    private static double unitMs(String unit) {
        return switch (unit) {
            case "ns" -> 1e-6;
            case "us", "µs", "μs" -> 1e-3;
            case "ms" -> 1;
            case "s" -> MS_PER_SECOND;
            case "m" -> 60 * MS_PER_SECOND;
            default -> 3600 * MS_PER_SECOND;
        };
    }

    /// As a text.
    public static String text(long ms) {
        return ms % MS_PER_SECOND == 0 ? ms / MS_PER_SECOND + "s" : ms + "ms";
    }
}
