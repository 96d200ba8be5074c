package io.polylog.broker;

/// Where an operator sends messages of a queue on to.
public sealed interface Destination {
    /// To the queue in which each of them died last.
    record Origin() implements Destination {}

    /// To where an exchange of the queue's namespace routes them.
    ///
    /// @param exchange its name, "" for the default one: then the key names a queue or topic
    /// @param routingKey they are published with
    record Via(String exchange, String routingKey) implements Destination {}

    /// To the queue or topic of that name.
    static Destination queue(String name) {
        return new Via("", name);
    }
}
