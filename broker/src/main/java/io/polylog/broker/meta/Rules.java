package io.polylog.broker.meta;

import io.polylog.broker.Rule;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The rules that stand, in the order in which they hold. Immutable; any thread.
final class Rules {
    static final Rules NONE = new Rules(List.of());

    private static final Comparator<Compiled> ORDER =
            Comparator.comparing((Compiled one) -> one.rule.namespace())
                    .thenComparingLong(one -> -(long) one.rule.priority())
                    .thenComparing(one -> one.rule.name());

    private final List<Compiled> all;

    private record Compiled(Rule rule, Pattern pattern) {}

    private Rules(List<Compiled> all) {
        this.all = all;
    }

    /// With a rule, in place of one of that name.
    ///
    /// @throws java.util.regex.PatternSyntaxException if its pattern is none
    Rules with(Rule rule) {
        Compiled added = new Compiled(rule, Pattern.compile(rule.pattern()));
        return new Rules(
                Stream.concat(without(rule).all.stream(), Stream.of(added)).sorted(ORDER).toList());
    }

    /// Without the one of that name.
    Rules without(Rule rule) {
        return new Rules(all.stream().filter(each -> !isNamed(each.rule, rule)).toList());
    }

    private static boolean isNamed(Rule one, Rule other) {
        return one.namespace().equals(other.namespace()) && one.name().equals(other.name());
    }

    /// The one that holds for a name, or null.
    @Nullable Rule of(String namespace, String name) {
        for (Compiled each : all) {
            if (each.rule.namespace().equals(namespace) && each.pattern.matcher(name).find()) {
                return each.rule;
            }
        }
        return null;
    }

    List<Rule> list() {
        return all.stream().map(Compiled::rule).toList();
    }
}
