package io.polylog.protocol.amqp091;

import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import org.jspecify.annotations.Nullable;

/// The headers `x-polylog-expected-last-offset` and `x-polylog-expected-version`: what a publisher
/// takes to be the newest message of a queue, or of a key; -1 for none. Any thread.
final class ExpectationHeaders {
    private static final int OF_STREAM = TableScan.bit(TableScan.EXPECTED_LAST_OFFSET);
    private static final int OF_KEY = TableScan.bit(TableScan.EXPECTED_VERSION);

    private ExpectationHeaders() {}

    /// What they say, or null.
    ///
    /// @param notable as [AmqpProperties#notableHeaders] gives it
    /// @throws AmqpException PRECONDITION_FAILED if it makes no sense
    static @Nullable Expectation of(AmqpProperties properties, int notable) {
        if ((notable & (OF_STREAM | OF_KEY)) == 0) {
            return null;
        }
        if ((notable & OF_STREAM) != 0 && (notable & OF_KEY) != 0) {
            throw invalid(
                    TableScan.EXPECTED_VERSION,
                    "it contradicts '" + TableScan.EXPECTED_LAST_OFFSET + "'");
        }
        return (notable & OF_STREAM) != 0
                ? new Expectation(Scope.STREAM, offset(properties, TableScan.EXPECTED_LAST_OFFSET))
                : new Expectation(Scope.KEY, offset(properties, TableScan.EXPECTED_VERSION));
    }

    private static long offset(AmqpProperties properties, String name) {
        Object value = properties.headers().get(name);
        if (!QueueArguments.isWhole(value) || QueueArguments.number(value) < -1) {
            throw invalid(name, String.valueOf(value));
        }
        return QueueArguments.number(value);
    }

    private static AmqpException invalid(String header, String why) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED, "invalid header '%s': %s".formatted(header, why));
    }

    /// A transaction takes none.
    static AmqpException inTransaction() {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                "'%s' and '%s' are not for a transaction"
                        .formatted(TableScan.EXPECTED_LAST_OFFSET, TableScan.EXPECTED_VERSION));
    }

    /// The core cannot tell whether it holds.
    static AmqpException unfit(@Nullable Expectation expectation) {
        boolean ofKey = expectation != null && expectation.of() == Scope.KEY;
        return invalid(
                ofKey ? TableScan.EXPECTED_VERSION : TableScan.EXPECTED_LAST_OFFSET,
                ofKey
                        ? "the message must go to one queue only, that has '%s', and have its key"
                                .formatted(AdmissionArguments.VERSIONS)
                        : "the message must go to one queue only");
    }
}
