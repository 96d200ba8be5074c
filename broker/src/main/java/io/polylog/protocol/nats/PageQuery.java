package io.polylog.protocol.nats;

import java.util.Map;

/// The parameters of a page. Any thread.
///
/// @param said by name, the first of each
record PageQuery(Map<String, String> said) {
    PageQuery {
        said = Map.copyOf(said);
    }

    /// A truth, as nats-server reads them.
    ///
    /// @throws IllegalArgumentException where it is something else
    boolean is(String name) {
        String text = said.getOrDefault(name, "").toLowerCase(java.util.Locale.ROOT);
        return switch (text) {
            case "", "0", "f", "false" -> false;
            case "1", "t", "true" -> true;
            default -> throw new IllegalArgumentException(name + " is true or false, not " + text);
        };
    }

    /// A number from 0 on.
    ///
    /// @throws IllegalArgumentException where it is something else
    int number(String name, int usual) {
        String text = said.getOrDefault(name, "");
        if (text.isEmpty()) {
            return usual;
        }
        if (!text.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException(name + " is a number, not " + text);
        }
        return Integer.parseInt(text);
    }

    String text(String name) {
        return said.getOrDefault(name, "");
    }
}
