package io.polylog.calendar;

import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Times by six fields: second, minute, hour, day of the month, month, day of the week, or five,
/// without the second, which is 0 then; each as robfig/cron reads it: where both days are said and
/// neither is `*`, one of them is enough. Immutable; any thread.
///
/// @param seconds a bit for each that fits, and so on; Sunday is 0
/// @param bothDays whether both days must fit
public record Cron(
        long seconds,
        long minutes,
        long hours,
        long days,
        long months,
        long weekdays,
        boolean bothDays) {
    private static final List<String> FIELDS =
            List.of("second", "minute", "hour", "day of the month", "month", "day of the week");

    /// More years ahead than the next time ever is, but for February 29th around some centuries.
    private static final int MOST_YEARS = 5;

    private static final Pattern PART =
            Pattern.compile("(\\*|\\?|[a-z0-9]{1,3})(?:-([a-z0-9]{1,3}))?(?:/(\\d{1,3}))?");
    private static final Map<String, String> NAMED =
            Map.of(
                    "@yearly", "0 0 0 1 1 *",
                    "@annually", "0 0 0 1 1 *",
                    "@monthly", "0 0 0 1 * *",
                    "@weekly", "0 0 0 * * 0",
                    "@daily", "0 0 0 * * *",
                    "@midnight", "0 0 0 * * *",
                    "@hourly", "0 0 * * * *");
    private static final List<String> NO_NAMES = List.of();
    private static final List<String> MONTHS =
            List.of(
                    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov",
                    "dec");
    private static final List<String> WEEKDAYS =
            List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");

    private static final int HOUR_SECONDS = 3600;

    /// Of a field: any value.
    private static final long STAR = Long.MIN_VALUE;

    /// The times that five or six fields say, or a name such as `@daily`.
    ///
    /// @throws IllegalArgumentException which says which field is wrong, and why
    public static Cron of(String pattern) {
        List<String> fields = fields(pattern);
        return switch (FIELDS.size() - fields.size()) {
            case 0 -> of(fields);
            case 1 -> {
                List<String> all = new ArrayList<>(fields);
                all.addFirst("0");
                yield of(all);
            }
            default ->
                    throw new IllegalArgumentException(
                            "five fields are wanted (minute, hour, day of the month, month, day of"
                                    + " the week), or six with the second before them, not "
                                    + fields.size());
        };
    }

    /// The times that six fields say, or a name.
    ///
    /// @throws IllegalArgumentException as of [#of]
    public static Cron withSeconds(String pattern) {
        List<String> fields = fields(pattern);
        if (fields.size() != FIELDS.size()) {
            throw new IllegalArgumentException("six fields are wanted, not " + fields.size());
        }
        return of(fields);
    }

    private static List<String> fields(String pattern) {
        String fields = NAMED.getOrDefault(pattern, pattern);
        if (fields.startsWith("@")) {
            throw new IllegalArgumentException(
                    "'%s' is none of %s".formatted(pattern, new TreeSet<>(NAMED.keySet())));
        }
        return List.of(fields.strip().toLowerCase(Locale.ROOT).split("\\s+"));
    }

    private static Cron of(List<String> fields) {
        long days = field(fields, 3, 1, 31, NO_NAMES);
        long weekdays = field(fields, 5, 0, 6, WEEKDAYS);
        return new Cron(
                field(fields, 0, 0, 59, NO_NAMES),
                field(fields, 1, 0, 59, NO_NAMES),
                field(fields, 2, 0, 23, NO_NAMES),
                days,
                field(fields, 4, 1, 12, MONTHS),
                weekdays,
                ((days | weekdays) & STAR) != 0);
    }

    private static long field(
            List<String> fields, int place, int least, int most, List<String> names) {
        try {
            return field(fields.get(place), least, most, names);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(
                    "the %s '%s' is not within %d to %d, or no list, range or step of that"
                            .formatted(FIELDS.get(place), fields.get(place), least, most),
                    wrong);
        }
    }

    /// @throws IllegalArgumentException where it is none
    private static long field(String text, int least, int most, List<String> names) {
        long bits = 0;
        for (String part : text.split(",")) {
            Matcher found = PART.matcher(part);
            if (!found.matches()) {
                throw new IllegalArgumentException(text);
            }
            boolean any = found.group(1).equals("*") || found.group(1).equals("?");
            String end = found.group(2);
            int step = found.group(3) == null ? 1 : Integer.parseInt(found.group(3));
            int from = any ? least : number(found.group(1), names);
            int to = any || (end == null && found.group(3) != null) ? most : from;
            to = end == null || any ? to : number(end, names);
            if (from < least || to > most || from > to || step == 0) {
                throw new IllegalArgumentException(text);
            }
            for (int each = from; each <= to; each += step) {
                bits |= 1L << each;
            }
            bits |= any && step == 1 ? STAR : 0;
        }
        return bits;
    }

    private static int number(String text, List<String> names) {
        int named = names.indexOf(text);
        return named >= 0 ? named : Integer.parseInt(text);
    }

    private static boolean fits(long bits, int value) {
        return (bits & 1L << value) != 0;
    }

    private boolean fitsDay(ZonedDateTime time) {
        boolean day = fits(days, time.getDayOfMonth());
        boolean weekday = fits(weekdays, time.getDayOfWeek().getValue() % 7);
        return bothDays ? day && weekday : day || weekday;
    }

    /// The first time after another, in its zone; null where there is none.
    public @Nullable ZonedDateTime after(ZonedDateTime time) {
        ZonedDateTime next = time.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
        int lastYear = next.getYear() + MOST_YEARS;
        while (next.getYear() <= lastYear) {
            ZonedDateTime day = next.truncatedTo(ChronoUnit.DAYS);
            if (!fits(months, next.getMonthValue())) {
                next = day.withDayOfMonth(1).plusMonths(1);
            } else if (!fitsDay(next)) {
                next = day.plusDays(1);
            } else if (!fits(hours, next.getHour())) {
                // By the clock that nobody puts forward or back: half an hour of some zones too.
                next =
                        next.plusSeconds(
                                HOUR_SECONDS - (next.toLocalTime().toSecondOfDay() % HOUR_SECONDS));
            } else if (!fits(minutes, next.getMinute())) {
                next = next.truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
            } else if (!fits(seconds, next.getSecond())) {
                next = next.plusSeconds(1);
            } else {
                return next;
            }
        }
        return null;
    }
}
