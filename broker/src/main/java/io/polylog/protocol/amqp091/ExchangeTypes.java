package io.polylog.protocol.amqp091;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.routing.Weights;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// RabbitMQ's words for kinds of exchanges, those of its plugins among them, with the arguments of
/// exchanges and bindings that go with them. Stateless.
final class ExchangeTypes {
    private static final String LOCAL_RANDOM = "x-local-random";
    private static final String DELAYED = "x-delayed-message";
    private static final String DELAYED_TYPE = "x-delayed-type";

    /// Keeps a type that is not its kind's own word.
    private static final String TYPE = "type";

    private static final String HASH_HEADER = "hash-header";
    private static final String HASH_PROPERTY = "hash-property";
    private static final String MATCH = "x-match";
    private static final Set<String> MATCH_MODES = Set.of("all", "any", "all-with-x", "any-with-x");

    private ExchangeTypes() {}

    /// What an exchange.declare asks for.
    ///
    /// @param exchange how errors name it
    /// @throws AmqpException if there is no such type
    static Kind kind(String type, Map<String, @Nullable Object> arguments, String exchange) {
        if (!type.equals(DELAYED)) {
            return kind(type);
        }
        String inner = text(arguments, DELAYED_TYPE, exchange);
        if (inner == null || inner.equals(DELAYED)) {
            throw precondition(
                    "Invalid argument, 'x-delayed-type' must be an existing exchange type");
        }
        return kind(inner);
    }

    private static Kind kind(String type) {
        return switch (type) {
            case "direct" -> Kind.DIRECT;
            case "fanout" -> Kind.FANOUT;
            case "topic" -> Kind.TOPIC;
            case "headers" -> Kind.HEADERS;
            case "x-consistent-hash" -> Kind.HASH;
            case "x-modulus-hash" -> Kind.MODULUS;
            case "x-random", LOCAL_RANDOM -> Kind.RANDOM;
            default ->
                    throw AmqpException.of(
                            ReplyCode.COMMAND_INVALID, "unknown exchange type '" + type + "'");
        };
    }

    /// The arguments of an exchange's specification that tell its type.
    static Map<String, String> kept(String type) {
        return type.equals(LOCAL_RANDOM) || type.equals(DELAYED) ? Map.of(TYPE, type) : Map.of();
    }

    /// The word for what an exchange is.
    static String of(ExchangeSpec exchange) {
        return exchange.arguments().getOrDefault(TYPE, word(exchange.kind()));
    }

    /// Whether it takes the header x-delay as the time until a message is delivered.
    static boolean delays(ExchangeSpec exchange) {
        return of(exchange).equals(DELAYED);
    }

    /// How an exchange routes whose type says something else, or null.
    static @Nullable String inner(ExchangeSpec exchange) {
        return delays(exchange) ? word(exchange.kind()) : null;
    }

    private static String word(Kind kind) {
        return switch (kind) {
            case DIRECT -> "direct";
            case FANOUT -> "fanout";
            case TOPIC -> "topic";
            case HEADERS -> "headers";
            case HASH -> "x-consistent-hash";
            case MODULUS -> "x-modulus-hash";
            case RANDOM -> "x-random";
        };
    }

    // Hashing ------------------------------------------------------------------------------------

    /// What the arguments of exchange.declare say about hashing.
    ///
    /// @param exchange how errors name it
    /// @throws AmqpException PRECONDITION_FAILED if they make no sense
    static HashOn hashOn(Kind kind, Map<String, @Nullable Object> arguments, String exchange) {
        if (kind != Kind.HASH) {
            return HashOn.Known.ROUTING_KEY;
        }
        String header = text(arguments, HASH_HEADER, exchange);
        String property = text(arguments, HASH_PROPERTY, exchange);
        if (header != null && property != null) {
            throw precondition("hash-header and hash-property are mutually exclusive");
        }
        if (header != null) {
            return new HashOn.Header(header);
        }
        return switch (property) {
            case null -> HashOn.Known.ROUTING_KEY;
            case "correlation_id" -> HashOn.Known.CORRELATION_ID;
            case "message_id" -> HashOn.Known.MESSAGE_ID;
            case "timestamp" -> HashOn.Known.TIMESTAMP;
            default -> throw precondition("Unsupported property: " + property);
        };
    }

    private static @Nullable String text(
            Map<String, @Nullable Object> arguments, String name, String exchange) {
        return switch (arguments.get(name)) {
            case null -> null;
            case String text -> text;
            default -> throw precondition("invalid arg '" + name + "' for " + exchange);
        };
    }

    /// How errors name what is hashed.
    static String described(HashOn hashOn) {
        return switch (hashOn) {
            case HashOn.Header header -> HASH_HEADER + " " + header.name();
            case HashOn.Known known ->
                    switch (known) {
                        case ROUTING_KEY -> "routing key";
                        case CORRELATION_ID -> HASH_PROPERTY + " correlation_id";
                        case MESSAGE_ID -> HASH_PROPERTY + " message_id";
                        case TIMESTAMP -> HASH_PROPERTY + " timestamp";
                    };
        };
    }

    // Bindings -----------------------------------------------------------------------------------

    /// Refuses a new binding that makes no sense for the kind of its exchange.
    static void checkBinding(ExchangeSpec source, Binding binding) {
        switch (source.kind()) {
            case HEADERS -> checkMatch(binding.match());
            case HASH -> {
                String problem = Weights.problem(binding.key());
                if (problem != null) {
                    throw precondition(problem);
                }
            }
            case RANDOM -> {
                if (of(source).equals(LOCAL_RANDOM) && !binding.key().isEmpty()) {
                    throw precondition(
                            "Non empty binding '" + binding.key() + "' key not permitted");
                }
            }
            case DIRECT, FANOUT, TOPIC, MODULUS -> {}
        }
    }

    /// What a headers exchange is bound with must say how to match in words that it knows.
    private static void checkMatch(Map<String, @Nullable Object> arguments) {
        if (arguments.containsKey(MATCH)) {
            Object mode = arguments.get(MATCH);
            if (!(mode instanceof String text) || !MATCH_MODES.contains(text)) {
                throw precondition(
                        "invalid x-match field value '" + mode + "'; expected all or any");
            }
        }
    }

    private static AmqpException precondition(String text) {
        return AmqpException.of(ReplyCode.PRECONDITION_FAILED, text);
    }
}
