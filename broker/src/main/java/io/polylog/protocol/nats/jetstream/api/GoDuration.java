package io.polylog.protocol.nats.jetstream.api;

/// Durations as Go prints them. Stateless; any thread.
public final class GoDuration {
    private static final long MS = 1_000_000;
    private static final long SECOND = 1000 * MS;
    private static final long MINUTE = 60 * SECOND;
    private static final long HOUR = 60 * MINUTE;

    private GoDuration() {}

    /// A duration as Go prints it.
    ///
    /// @param ns at least a millisecond; less is left out
    public static String text(long ns) {
        if (ns < SECOND) {
            return ns / MS + "ms";
        }
        StringBuilder text = new StringBuilder();
        if (ns >= HOUR) {
            text.append(ns / HOUR).append('h');
        }
        if (ns >= MINUTE) {
            text.append(ns % HOUR / MINUTE).append('m');
        }
        text.append(ns % MINUTE / SECOND);
        long ms = ns % SECOND / MS;
        if (ms > 0) {
            text.append('.').append("%03d".formatted(ms).replaceAll("0+$", ""));
        }
        return text.append('s').toString();
    }
}
