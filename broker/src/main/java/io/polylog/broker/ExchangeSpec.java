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
        Map<String, String> arguments) {
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
        HEADERS
    }
}
