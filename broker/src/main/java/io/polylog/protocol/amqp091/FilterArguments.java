package io.polylog.protocol.amqp091;

import io.polylog.broker.Filter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The arguments that say which messages a queue, a subscription, a reader of a stream or a binding
/// wants. Pure.
final class FilterArguments {
    /// A condition in SQL, or in CEL.
    static final String SQL = "x-polylog-filter";

    /// A table as the arguments of a binding to a headers exchange.
    static final String HEADERS = "x-polylog-filter-headers";

    /// A pattern as the key of a binding to a topic exchange.
    static final String SUBJECT = "x-polylog-filter-subject";

    /// What is made of a message before it is delivered, as JSON.
    static final String TRANSFORM = "x-polylog-transform";

    static final Set<String> NAMES = Set.of(SQL, HEADERS, SUBJECT, TRANSFORM);

    private FilterArguments() {}

    /// @param of whose arguments they are, as errors name it
    /// @throws AmqpException if a value is of another type
    static Filter of(Map<String, @Nullable Object> arguments, String of) {
        if (NAMES.stream().noneMatch(arguments::containsKey)) {
            return Filter.NONE;
        }
        return new Filter(
                        text(arguments, SQL, of),
                        table(arguments, of),
                        text(arguments, SUBJECT, of))
                .transforming(text(arguments, TRANSFORM, of));
    }

    private static String text(Map<String, @Nullable Object> arguments, String name, String of) {
        return switch (arguments.get(name)) {
            case String text when !text.isEmpty() -> text;
            case null -> "";
            default -> throw AmqpException.invalidArgument(name, of, "a text is needed");
        };
    }

    private static Map<String, @Nullable Object> table(
            Map<String, @Nullable Object> arguments, String of) {
        return switch (arguments.get(HEADERS)) {
            case Map<?, ?> table when !table.isEmpty() -> {
                Map<String, @Nullable Object> wanted = new LinkedHashMap<>();
                table.forEach((name, value) -> wanted.put(String.valueOf(name), value));
                yield wanted;
            }
            case null -> Map.of();
            default -> throw AmqpException.invalidArgument(HEADERS, of, "a table is needed");
        };
    }

    /// Of a binding.
    ///
    /// @throws AmqpException if a value is of another type
    static Filter ofBinding(Map<String, @Nullable Object> arguments) {
        return of(arguments, "binding");
    }

    /// Those that say something else.
    static Map<String, @Nullable Object> others(Map<String, @Nullable Object> arguments) {
        if (NAMES.stream().noneMatch(arguments::containsKey)) {
            return arguments;
        }
        Map<String, @Nullable Object> others = new LinkedHashMap<>(arguments);
        others.keySet().removeAll(NAMES);
        return others;
    }

    /// A table as one text, equal for equal tables.
    static String described(Map<?, ?> table) {
        Map<String, String> sorted = new TreeMap<>();
        table.forEach((name, value) ->
                sorted.put(
                        String.valueOf(name),
                        value == null ? "" : value.getClass().getSimpleName() + " " + value));
        return sorted.toString();
    }
}
