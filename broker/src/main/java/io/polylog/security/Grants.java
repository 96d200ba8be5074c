package io.polylog.security;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Permissions as RabbitMQ has them: for each operation a regular expression that is to be found in
/// the name. Who has no line of his own is everybody; without a line for everybody he may do
/// nothing. Immutable; any thread.
public final class Grants implements Permissions {
    /// The name of everybody without a line of his own.
    public static final String EVERYBODY = "*";

    private final Map<String, Line> lines = new HashMap<>();

    private record Line(NamePattern configure, NamePattern write, NamePattern read) {
        static Line of(Map<String, String> patterns) {
            return new Line(
                    new NamePattern(patterns.getOrDefault("configure", "")),
                    new NamePattern(patterns.getOrDefault("write", "")),
                    new NamePattern(patterns.getOrDefault("read", "")));
        }

        NamePattern of(Operation operation) {
            return switch (operation) {
                case CONFIGURE -> configure;
                case WRITE -> write;
                case READ -> read;
            };
        }
    }

    /// @param patterns by user, or [#EVERYBODY]: regular expressions by operation (`configure`,
    ///   `write`, `read`); a missing or empty one allows nothing
    /// @throws java.util.regex.PatternSyntaxException where one is none
    public Grants(Map<String, Map<String, String>> patterns) {
        patterns.forEach((name, line) -> lines.put(name, Line.of(line)));
    }

    @Override
    public boolean allow(Principal principal, Operation operation, String namespace, String name) {
        @Nullable Line own = lines.get(principal.name());
        Line line = own == null ? lines.get(EVERYBODY) : own;
        return principal.internal() || (line != null && line.of(operation).isFoundIn(name));
    }
}
