package io.polylog.broker.routing;

import io.polylog.broker.Filter;
import org.jspecify.annotations.Nullable;

/// The far end of a binding, within the binding's namespace.
///
/// @param exchange whether it names an exchange; else a topic or queue
/// @param name its name
/// @param condition what its binding says of messages; null where all go there as they are
record Target(boolean exchange, String name, @Nullable Condition condition) {
    /// Where all go as they are.
    Target(boolean exchange, String name) {
        this(exchange, name, null);
    }

    /// What a binding says of messages.
    ///
    /// @param number grows with the order in which such bindings of an exchange were made
    record Condition(Filter filter, int number) {}
}
