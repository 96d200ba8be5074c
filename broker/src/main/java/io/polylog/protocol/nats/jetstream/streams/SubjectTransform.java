package io.polylog.protocol.nats.jetstream.streams;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.protocol.nats.NatsSubjects;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Makes another subject of one that fits a pattern (nats-server's subject mapping). Immutable; any
/// thread.
public final class SubjectTransform {
    private static final String REST = ">";
    private static final Pattern FUNCTION =
            Pattern.compile("\\{\\{\\s*([a-zA-Z]+)\\s*\\((.*)\\)\\s*}}");
    private static final Pattern OLD_WILDCARD = Pattern.compile("\\$[0-9]+");
    private static final Pattern COMMA = Pattern.compile(",\\s*");

    private static final int FNV_OFFSET = 0x811c9dc5;
    private static final int FNV_PRIME = 0x01000193;

    private final String source;
    private final String destination;
    private final int sourceTokens;

    /// What makes each token of the destination; without one for the rest.
    private final List<Part> parts;

    private final boolean takesRest;
    private final boolean same;

    /// Makes a token, or several, of a subject's.
    @FunctionalInterface
    private interface Part {
        String of(String[] tokens);
    }

    /// What is done with one token.
    @FunctionalInterface
    private interface Cut {
        String of(String token, int number);
    }

    private SubjectTransform(
            String source, String destination, List<Part> parts, boolean takesRest) {
        this.source = source;
        this.destination = destination;
        this.parts = parts;
        this.takesRest = takesRest;
        sourceTokens = source.split("\\.", -1).length;
        same = source.equals(REST) && destination.equals(REST);
    }

    /// The transform of an object with `src` and `dest`; null for none.
    ///
    /// @param unique gives texts never given before, to choose by
    /// @throws IllegalArgumentException with nats-server's words where it makes no sense
    static @Nullable SubjectTransform of(JsonNode member, Supplier<String> unique) {
        return member.isObject()
                ? of(member.path("src").asString(""), member.path("dest").asString(""), unique)
                : null;
    }

    /// The transform from what fits a pattern to a destination; "" is whatever subject.
    ///
    /// @param unique gives texts never given before, to choose by
    /// @throws IllegalArgumentException with nats-server's words where it makes no sense
    static SubjectTransform of(String from, String to, Supplier<String> unique) {
        String source = from.isEmpty() ? REST : from;
        String destination = to.isEmpty() ? REST : to;
        String[] into = destination.split("\\.", -1);
        boolean rest = into[into.length - 1].equals(REST);
        boolean valid =
                NatsSubjects.isPattern(source)
                        && Arrays.stream(into).noneMatch(String::isEmpty)
                        && Arrays.stream(into).noneMatch("*"::equals)
                        && Arrays.asList(into).indexOf(REST) == (rest ? into.length - 1 : -1);
        if (!valid || rest != (source.equals(REST) || source.endsWith("." + REST))) {
            throw new IllegalArgumentException("invalid subject");
        }
        List<Integer> wildcards = new ArrayList<>();
        String[] of = source.split("\\.", -1);
        for (int i = 0; i < of.length; i++) {
            if (of[i].equals("*")) {
                wildcards.add(i);
            }
        }
        List<Part> parts = new ArrayList<>();
        for (String token : rest ? Arrays.copyOf(into, into.length - 1) : into) {
            parts.add(part(token, wildcards, unique));
        }
        return new SubjectTransform(source, destination, List.copyOf(parts), rest);
    }

    String source() {
        return source;
    }

    String destination() {
        return destination;
    }

    public boolean fits(String subject) {
        return NatsSubjects.matches(source, subject);
    }

    /// The subject that one that fits becomes.
    public String apply(String subject) {
        if (same) {
            return subject;
        }
        String[] tokens = subject.split("\\.", -1);
        List<String> made = new ArrayList<>();
        parts.forEach(part -> made.add(part.of(tokens)));
        if (takesRest) {
            made.addAll(Arrays.asList(tokens).subList(sourceTokens - 1, tokens.length));
        }
        return String.join(".", made);
    }

    // What a token of the destination says ------------------------------------------------------

    private static Part part(String token, List<Integer> wildcards, Supplier<String> unique) {
        if (OLD_WILDCARD.matcher(token).matches()) {
            return wildcard(number(token.substring(1), token), wildcards, token);
        }
        if (!token.startsWith("{{") || !token.endsWith("}}")) {
            return _ -> token;
        }
        Matcher function = FUNCTION.matcher(token);
        if (!function.matches()) {
            throw wrong(token, "unknown function");
        }
        String[] arguments = COMMA.split(function.group(2), -1);
        return switch (function.group(1).toLowerCase(Locale.ROOT)) {
            case "wildcard" -> {
                count(arguments, 1, token);
                yield wildcard(number(arguments[0], token), wildcards, token);
            }
            case "partition" -> partition(arguments, wildcards, token);
            case "random" -> {
                count(arguments, 1, token);
                int most = number(arguments[0], token);
                yield _ -> bucket(unique.get(), most);
            }
            case "split" -> {
                count(arguments, 2, token);
                String by = arguments[1];
                if (by.contains(" ") || by.contains(".") || by.isEmpty()) {
                    throw wrong(token, "function argument is invalid or in the wrong format");
                }
                Part whole = wildcard(number(arguments[0], token), wildcards, token);
                yield tokens -> split(whole.of(tokens), by);
            }
            case "splitfromleft" -> cut(arguments, wildcards, token, (t, n) -> two(t, n));
            case "splitfromright" ->
                    cut(arguments, wildcards, token, (t, n) -> two(t, t.length() - n));
            case "slicefromleft" -> cut(arguments, wildcards, token, (t, n) -> slices(t, 0, n));
            case "slicefromright" ->
                    cut(arguments, wildcards, token, (t, n) -> slices(t, t.length() % n, n));
            case "left" -> cut(arguments, wildcards, token, (t, n) -> t.substring(0, n));
            case "right" -> cut(arguments, wildcards, token, (t, n) -> t.substring(t.length() - n));
            default -> throw wrong(token, "unknown function");
        };
    }

    private static IllegalArgumentException wrong(String token, String why) {
        return new IllegalArgumentException("invalid mapping destination: " + why + " in " + token);
    }

    private static int number(String text, String token) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException none) {
            throw wrong(token, "function argument is invalid or in the wrong format");
        }
    }

    private static void count(String[] arguments, int wanted, String token) {
        if (arguments.length < wanted || arguments[0].isBlank()) {
            throw wrong(token, "not enough arguments passed to the function");
        }
        if (arguments.length > wanted) {
            throw wrong(token, "too many arguments passed to the function");
        }
    }

    /// The token that a wildcard stands for.
    private static Part wildcard(int number, List<Integer> wildcards, String token) {
        if (number < 1 || number > wildcards.size()) {
            throw wrong(token, "wildcard index out of range");
        }
        int at = wildcards.get(number - 1);
        return tokens -> tokens[at];
    }

    private static Part partition(String[] arguments, List<Integer> wildcards, String token) {
        int buckets = number(arguments[0], token);
        if (arguments.length == 1) {
            return tokens -> bucket(String.join(".", tokens), buckets);
        }
        List<Part> keys = new ArrayList<>();
        for (String each : Arrays.copyOfRange(arguments, 1, arguments.length)) {
            keys.add(wildcard(number(each, token), wildcards, token));
        }
        return tokens -> {
            StringBuilder key = new StringBuilder();
            keys.forEach(part -> key.append(part.of(tokens)));
            return bucket(key.toString(), buckets);
        };
    }

    /// By FNV-1a, of 32 bits.
    private static String bucket(String key, int buckets) {
        if (buckets == 0) {
            return "0";
        }
        int hash = FNV_OFFSET;
        for (byte each : key.getBytes(UTF_8)) {
            hash = (hash ^ (each & 0xff)) * FNV_PRIME;
        }
        return String.valueOf(Integer.remainderUnsigned(hash, buckets));
    }

    private static Part cut(String[] arguments, List<Integer> wildcards, String token, Cut cut) {
        count(arguments, 2, token);
        Part whole = wildcard(number(arguments[0], token), wildcards, token);
        int number = number(arguments[1], token);
        return tokens -> {
            String text = whole.of(tokens);
            return number > 0 && number < text.length() ? cut.of(text, number) : text;
        };
    }

    private static String two(String token, int at) {
        return token.substring(0, at) + "." + token.substring(at);
    }

    /// @param first letters of the first slice, 0 for as many as the others
    private static String slices(String token, int first, int letters) {
        List<String> all = new ArrayList<>();
        for (int from = 0; from < token.length(); ) {
            int end = from == 0 && first > 0 ? first : Math.min(from + letters, token.length());
            all.add(token.substring(from, end));
            from = end;
        }
        return String.join(".", all);
    }

    private static String split(String token, String by) {
        return String.join(
                ".",
                Arrays.stream(token.split(Pattern.quote(by), -1))
                        .filter(part -> !part.isEmpty())
                        .toList());
    }
}
