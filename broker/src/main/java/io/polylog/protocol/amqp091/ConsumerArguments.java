package io.polylog.protocol.amqp091;

import io.polylog.broker.Interest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the arguments of basic.consume say of the consumer itself, and of the subscription that it
/// makes. Pure.
final class ConsumerArguments {
    private static final String PRIORITY = "x-priority";
    private static final String TIMEOUT = "x-consumer-timeout";
    private static final String TIME_TO_LIVE = "x-polylog-message-ttl";
    private static final String CONSUMER = "consumer";

    private ConsumerArguments() {}

    static int priority(Map<String, @Nullable Object> arguments) {
        if (!arguments.containsKey(PRIORITY)) {
            return 0;
        }
        Object said = arguments.get(PRIORITY);
        if (!QueueArguments.isWhole(said)) {
            throw AmqpException.invalidArgument(PRIORITY, CONSUMER, "must be an integer");
        }
        return Math.clamp(QueueArguments.number(said), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    /// A consumer's own word goes before its queue's; 0 is for ever.
    static long ackTimeoutMs(Map<String, @Nullable Object> arguments) {
        long ms = milliseconds(arguments, TIMEOUT);
        return ms == 0 ? Long.MAX_VALUE : ms;
    }

    /// What a named subscription is made for.
    static Interest interest(Map<String, @Nullable Object> arguments) {
        return new Interest(
                FilterArguments.of(arguments, CONSUMER), milliseconds(arguments, TIME_TO_LIVE));
    }

    /// -1 where nothing is said.
    private static long milliseconds(Map<String, @Nullable Object> arguments, String name) {
        if (!arguments.containsKey(name)) {
            return -1;
        }
        Object said = arguments.get(name);
        if (!QueueArguments.isWhole(said) || QueueArguments.number(said) < 0) {
            throw AmqpException.invalidArgument(name, CONSUMER, "must be 0 or more milliseconds");
        }
        return QueueArguments.number(said);
    }
}
