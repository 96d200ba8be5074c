package io.polylog.broker.routing;

/// The far end of a binding, within the binding's namespace.
///
/// @param exchange whether it names an exchange; else a topic or queue
/// @param name its name
record Target(boolean exchange, String name) {}
