package io.polylog.protocol.amqp091;

import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a queue's arguments say about which messages it takes: `x-polylog-dedup-window`,
/// `x-polylog-dedup-count`, `x-polylog-key-versions` and `x-polylog-schema`, of any kind of queue.
/// Any thread.
final class AdmissionArguments {
    static final String WINDOW = "x-polylog-dedup-window";
    static final String COUNT = "x-polylog-dedup-count";

    /// By which key versions are kept: named as an ordering key is.
    static final String VERSIONS = "x-polylog-key-versions";

    /// The JSON Schema that bodies must fit.
    static final String SCHEMA = "x-polylog-schema";

    /// How many ids are known where only the time is said.
    private static final int USUAL_COUNT = 100_000;

    private AdmissionArguments() {}

    /// @param queue how errors name it
    /// @throws AmqpException PRECONDITION_FAILED if they make no sense
    static Admission of(Map<String, String> arguments, String queue) {
        Long spanMs = number(arguments, WINDOW, Deduplication.MOST_SPAN_MS, queue);
        Long count = number(arguments, COUNT, Deduplication.MOST_COUNT, queue);
        if (spanMs == null && count != null) {
            throw AmqpException.invalidArgument(COUNT, queue, "it needs '" + WINDOW + "' too");
        }
        int ids = count == null ? USUAL_COUNT : count.intValue();
        Deduplication window = spanMs == null ? Deduplication.NONE : new Deduplication(spanMs, ids);
        String schema = QueueArguments.text(arguments, SCHEMA);
        return new Admission(
                        window, QueuePolicies.keyOrder(QueueArguments.text(arguments, VERSIONS)))
                .with(schema == null ? "" : schema);
    }

    private static @Nullable Long number(
            Map<String, String> arguments, String name, long most, String queue) {
        String kept = QueueArguments.text(arguments, name);
        if (kept == null) {
            return null;
        }
        long value = Long.parseLong(kept);
        if (value > most) {
            throw AmqpException.invalidArgument(name, queue, value + " is more than " + most);
        }
        return value;
    }
}
