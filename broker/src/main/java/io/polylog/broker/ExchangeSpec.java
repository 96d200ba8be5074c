package io.polylog.broker;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An exchange: routes by key or headers to topics, queues and other exchanges.
///
/// @param namespace where it lives
/// @param name its name; "" is the default exchange, which addresses a topic or queue by its name
/// @param kind how it routes
/// @param durable survives a restart
/// @param autoDelete goes when its last binding has gone
/// @param closed publishers may not use it, only bindings
/// @param hashOn what of a message decides, for the kind [Kind#HASH]; else without meaning
/// @param alternate the exchange that gets what this one cannot route, or null
/// @param arguments what else the declaring protocol said; compared on re-declaration
public record ExchangeSpec(
        String namespace,
        String name,
        Kind kind,
        boolean durable,
        boolean autoDelete,
        boolean closed,
        @Nullable String alternate,
        HashOn hashOn,
        Map<String, String> arguments) {

    /// A durable one for everybody, which hashes, if it does, by the routing key.
    public static ExchangeSpec durable(String namespace, String name, Kind kind) {
        return new ExchangeSpec(
                namespace,
                name,
                kind,
                true,
                false,
                false,
                null,
                HashOn.Known.ROUTING_KEY,
                Map.of());
    }

    public ExchangeSpec {
        arguments = Map.copyOf(arguments);
    }

    /// How an exchange routes.
    public enum Kind {
        /// By equal key.
        DIRECT,
        /// To all.
        FANOUT,
        /// By pattern over dot-separated words: `*` one word, `#` any number.
        TOPIC,
        /// By header values.
        HEADERS,
        /// To one: equal hashes to the same one, a share of all hashes to each as the weight says
        /// that its bindings have for keys, and a change moves no more hashes than it must.
        HASH,
        /// To one: by the routing keys' hash modulo the number of targets.
        MODULUS,
        /// To one, whichever.
        RANDOM
    }

    /// What of a message is hashed. What it lacks counts as empty.
    public sealed interface HashOn {
        /// A header.
        record Header(String name) implements HashOn {}

        /// What every message has a place for.
        enum Known implements HashOn {
            /// The first routing key.
            ROUTING_KEY,
            CORRELATION_ID,
            MESSAGE_ID,
            /// The sender's time, in whole seconds.
            TIMESTAMP
        }
    }
}
