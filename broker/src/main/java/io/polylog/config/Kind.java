package io.polylog.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What may stand as a value.
///
/// @param shape said in errors and in the reference page: "must be ..."
/// @param parser makes the value of its text; throws IllegalArgumentException where it is none
public record Kind<T>(String shape, Parser<T> parser) {
    /// Reads one value.
    @FunctionalInterface
    public interface Parser<T> {
        T parse(String text);
    }

    private static final Pattern QUANTITY = Pattern.compile("(\\d{1,18}) ?([A-Za-z]+)");
    private static final Map<String, Long> BYTES =
            Map.ofEntries(
                    Map.entry("B", 1L),
                    Map.entry("KB", 1_000L),
                    Map.entry("MB", 1_000_000L),
                    Map.entry("GB", 1_000_000_000L),
                    Map.entry("TB", 1_000_000_000_000L),
                    Map.entry("KiB", 1L << 10),
                    Map.entry("MiB", 1L << 20),
                    Map.entry("GiB", 1L << 30),
                    Map.entry("TiB", 1L << 40));
    private static final Map<String, Long> NANOS =
            Map.of(
                    "us", 1_000L,
                    "ms", 1_000_000L,
                    "s", 1_000_000_000L,
                    "m", 60_000_000_000L,
                    "h", 3_600_000_000_000L,
                    "d", 86_400_000_000_000L);
    private static final String SIZE_SHAPE = "a size with its unit, such as \"64KiB\" or \"2GiB\"";
    private static final String DURATION_SHAPE =
            "a duration with its unit (us, ms, s, m, h, d), such as \"10ms\" or \"7d\"";

    /// Any text.
    public static final Kind<String> TEXT = new Kind<>("a text", text -> text);

    /// `true` or `false`.
    public static final Kind<Boolean> SWITCH =
            new Kind<>(
                    "true or false", text -> oneOf(text, List.of("true", "false")).equals("true"));

    /// A TCP port to listen on.
    public static final Kind<Port> PORT =
            new Kind<>("a port from 1 to 65535, 0 (off) or \"auto\" (a free one)", Port::parse);

    /// How long, without an end to it.
    public static final Kind<Long> AGE_MS =
            new Kind<>(
                    DURATION_SHAPE + ", or \"unlimited\"",
                    text -> text.equals("unlimited") ? -1L : nanos(text) / 1_000_000);

    /// How many bytes, without an end to it.
    public static final Kind<Long> SIZE_LIMIT =
            new Kind<>(
                    SIZE_SHAPE + ", or \"unlimited\"",
                    text -> text.equals("unlimited") ? -1L : bytes(text));

    /// Bytes from `least` to `most`, both given as text and said in errors.
    public static Kind<Long> size(String least, String most) {
        String shape = SIZE_SHAPE + ", from " + least + " to " + most;
        return new Kind<>(shape, text -> within(bytes(text), bytes(least), bytes(most)));
    }

    /// A duration from `least` to `most`, both given as text and said in errors.
    public static Kind<Duration> duration(String least, String most) {
        String shape = DURATION_SHAPE + ", from " + least + " to " + most;
        return new Kind<>(
                shape, text -> Duration.ofNanos(within(nanos(text), nanos(least), nanos(most))));
    }

    /// A whole number.
    public static Kind<Integer> number(int least, int most) {
        String shape = "a number from " + least + " to " + most;
        return new Kind<>(shape, text -> (int) within(Long.parseLong(text), least, most));
    }

    /// A whole number, or 0 for what the machine suggests.
    public static Kind<Integer> numberOrAuto(int least, int most) {
        String shape = "a number from " + least + " to " + most + ", or \"auto\"";
        return new Kind<>(
                shape,
                text -> text.equals("auto") ? 0 : (int) within(Long.parseLong(text), least, most));
    }

    /// One of a few words.
    public static Kind<String> choice(String... words) {
        List<String> all = List.of(words);
        return new Kind<>("one of " + String.join(", ", all), text -> oneOf(text, all));
    }

    private static String oneOf(String text, List<String> words) {
        if (!words.contains(text)) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private static long within(long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(Long.toString(value));
        }
        return value;
    }

    private static long bytes(String text) {
        return quantity(text, BYTES);
    }

    private static long nanos(String text) {
        return quantity(text, NANOS);
    }

    private static long quantity(String text, Map<String, Long> units) {
        if (text.equals("0")) {
            return 0; // nothing is nothing in every unit
        }
        Matcher matcher = QUANTITY.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text);
        }
        Long unit = units.get(matcher.group(2));
        if (unit == null) {
            throw new IllegalArgumentException(text);
        }
        try {
            return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit);
        } catch (ArithmeticException tooLarge) {
            throw new IllegalArgumentException(text, tooLarge);
        }
    }
}
