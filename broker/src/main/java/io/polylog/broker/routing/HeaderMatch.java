package io.polylog.broker.routing;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Header values that a message may have: `x-match` says whether `all` (default) or `any` of the
/// others must match; names beginning with `x-` count only for `all-with-x` and `any-with-x`. A
/// value of null asks for the header's presence only.
///
/// @param wanted by name, `x-match` among them
public record HeaderMatch(Map<String, @Nullable Object> wanted) {
    private static final String MODE = "x-match";

    /// What `x-match` may say.
    public static final Set<String> MODES = Set.of("all", "any", "all-with-x", "any-with-x");

    /// What `x-match` says here.
    public String mode() {
        return String.valueOf(wanted.getOrDefault(MODE, "all"));
    }

    /// Whether a message with these headers has what is wanted.
    public boolean matches(Map<String, @Nullable Object> given) {
        String mode = mode();
        boolean any = mode.startsWith("any");
        boolean withX = mode.endsWith("-with-x");
        int counted = 0;
        for (Map.Entry<String, @Nullable Object> want : wanted.entrySet()) {
            String name = want.getKey();
            if (name.equals(MODE) || (!withX && name.startsWith("x-"))) {
                continue;
            }
            counted++;
            if (holds(name, want.getValue(), given) == any) {
                return any;
            }
        }
        // Nothing decided it: every wanted header held (all), or none did (any).
        return !any || counted == 0;
    }

    private static boolean holds(
            String name, @Nullable Object value, Map<String, @Nullable Object> given) {
        if (!given.containsKey(name)) {
            return false;
        }
        return value == null || equal(value, given.get(name));
    }

    private static boolean equal(Object wanted, @Nullable Object given) {
        if (wanted instanceof Number a && given instanceof Number b && isWhole(a) && isWhole(b)) {
            return a.longValue() == b.longValue();
        }
        return Objects.deepEquals(wanted, given);
    }

    private static boolean isWhole(Number number) {
        return number instanceof Long
                || number instanceof Integer
                || number instanceof Short
                || number instanceof Byte;
    }
}
