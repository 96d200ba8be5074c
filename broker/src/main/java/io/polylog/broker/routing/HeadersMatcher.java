package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePSet;
import org.pcollections.PSet;

/// By header values. `x-match` says whether `all` (default) or `any` of the binding's headers must
/// match; names beginning with `x-` count only for `all-with-x` and `any-with-x`. A binding value
/// of null asks for the header's presence only.
record HeadersMatcher(PSet<Binding> bindings) implements Matcher {
    static final HeadersMatcher EMPTY = new HeadersMatcher(HashTreePSet.empty());

    private static final String MODE = "x-match";

    @Override
    public Matcher with(Binding binding) {
        return new HeadersMatcher(bindings.plus(binding));
    }

    @Override
    public Matcher without(Binding binding) {
        return new HeadersMatcher(bindings.minus(binding));
    }

    @Override
    public boolean byKeysAlone() {
        return bindings.isEmpty();
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        if (bindings.isEmpty()) {
            return;
        }
        Map<String, @Nullable Object> given = message.metadata().headers();
        for (Binding binding : bindings) {
            if (matches(binding.match(), given)) {
                sink.accept(Matcher.target(binding));
            }
        }
    }

    private static boolean matches(
            Map<String, @Nullable Object> wanted, Map<String, @Nullable Object> given) {
        String mode = String.valueOf(wanted.getOrDefault(MODE, "all"));
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
