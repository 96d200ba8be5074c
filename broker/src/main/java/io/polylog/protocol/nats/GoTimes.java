package io.polylog.protocol.nats;

/// Spans of time as nats-server's pages write them. Stateless; any thread.
final class GoTimes {
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final long DAY = 24 * HOUR;
    private static final long YEAR = 365 * DAY;

    private GoTimes() {}

    /// Years, days, hours, minutes and seconds, from the largest that there is: `1d2h3m4s`.
    static String uptime(long ms) {
        long seconds = Math.max(0, ms) / 1000;
        StringBuilder text = new StringBuilder();
        seconds = part(text, seconds, YEAR, 'y');
        seconds = part(text, seconds, DAY, 'd');
        seconds = part(text, seconds, HOUR, 'h');
        seconds = part(text, seconds, MINUTE, 'm');
        return text.append(seconds).append('s').toString();
    }

    private static long part(StringBuilder text, long seconds, long unit, char name) {
        if (seconds >= unit || !text.isEmpty()) {
            text.append(seconds / unit).append(name);
        }
        return seconds % unit;
    }
}
