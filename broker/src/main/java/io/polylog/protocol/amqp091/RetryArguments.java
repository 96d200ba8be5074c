package io.polylog.protocol.amqp091;

import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.QueuePolicy.Returns;
import java.util.Map;

/// What a queue's arguments say about when a message that came back is delivered again: RabbitMQ's
/// `x-delayed-retry-type`, `-min` and `-max` of quorum queues, and `x-polylog-retry` of any queue.
/// Any thread.
final class RetryArguments {
    static final String TYPE = "x-delayed-retry-type";
    static final String MIN = "x-delayed-retry-min";
    static final String MAX = "x-delayed-retry-max";
    static final String OURS = "x-polylog-retry";

    private static final String DISABLED = "disabled";
    private static final String EXPONENTIAL = "exponential";
    private static final int PARTS = 3;
    private static final int MOST_DIGITS = 15;

    private RetryArguments() {}

    /// @param limit how often a message may come back, or -1
    /// @param queue how errors name it
    /// @throws AmqpException PRECONDITION_FAILED if they make no sense
    static Retry of(Map<String, String> arguments, int limit, boolean quorum, String queue) {
        String ours = QueueArguments.text(arguments, OURS);
        if (ours != null) {
            return ours(ours, limit, queue);
        }
        String type = QueueArguments.text(arguments, TYPE);
        if (type == null || type.equals(DISABLED) || !quorum) {
            return new Retry(limit, Growth.CONSTANT, 0, 0);
        }
        Returns returns =
                switch (type) {
                    case "all" -> Returns.ALL;
                    case "failed" -> Returns.FAILED;
                    case "returned" -> Returns.RELEASED;
                    default -> throw AmqpException.invalidArgument(TYPE, queue, type);
                };
        String min = QueueArguments.text(arguments, MIN);
        if (min == null) {
            throw AmqpException.invalidArgument(TYPE, queue, type + " needs '" + MIN + "'");
        }
        String max = QueueArguments.text(arguments, MAX);
        long minMs = Long.parseLong(min);
        long maxMs = max == null ? Long.MAX_VALUE / 4 : Long.parseLong(max);
        if (maxMs < minMs) {
            throw AmqpException.invalidArgument(MAX, queue, max + " is less than '" + MIN + "'");
        }
        return new Retry(limit, Growth.LINEAR, minMs, maxMs, returns);
    }

    private static Retry ours(String value, int limit, String queue) {
        String[] parts = value.split(":", -1);
        if (parts.length != PARTS || !parts[0].equals(EXPONENTIAL)) {
            throw AmqpException.invalidArgument(OURS, queue, value);
        }
        long minMs = number(parts[1]);
        long maxMs = number(parts[2]);
        if (minMs <= 0 || maxMs < minMs) {
            throw AmqpException.invalidArgument(OURS, queue, value);
        }
        return new Retry(limit, Growth.EXPONENTIAL, minMs, maxMs);
    }

    private static long number(String text) {
        boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits && text.length() <= MOST_DIGITS ? Long.parseLong(text) : -1;
    }
}
