package io.polylog.protocol.amqp091;

import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a queue's arguments say about which messages it takes: `x-polylog-dedup-window` and
/// `x-polylog-dedup-count`, of any kind of queue. Any thread.
final class AdmissionArguments {
    static final String WINDOW = "x-polylog-dedup-window";
    static final String COUNT = "x-polylog-dedup-count";

    /// How many ids are known where only the time is said.
    private static final int USUAL_COUNT = 100_000;

    private AdmissionArguments() {}

    /// @param queue how errors name it
    /// @throws AmqpException PRECONDITION_FAILED if they make no sense
    static Admission of(Map<String, String> arguments, String queue) {
        Long spanMs = number(arguments, WINDOW, Deduplication.MOST_SPAN_MS, queue);
        Long count = number(arguments, COUNT, Deduplication.MOST_COUNT, queue);
        if (spanMs == null && count != null) {
            throw invalid(COUNT, queue, "it needs '" + WINDOW + "' too");
        }
        if (spanMs == null) {
            return Admission.FREE;
        }
        int ids = count == null ? USUAL_COUNT : count.intValue();
        return new Admission(new Deduplication(spanMs, ids));
    }

    private static @Nullable Long number(
            Map<String, String> arguments, String name, long most, String queue) {
        String kept = arguments.get(name);
        if (kept == null) {
            return null;
        }
        long value = Long.parseLong(kept.substring(kept.indexOf(':') + 1));
        if (value > most) {
            throw invalid(name, queue, value + " is more than " + most);
        }
        return value;
    }

    private static AmqpException invalid(String argument, String queue, String why) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                "invalid arg '%s' for %s: %s".formatted(argument, queue, why));
    }
}
