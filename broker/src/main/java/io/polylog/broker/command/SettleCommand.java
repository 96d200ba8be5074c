package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Settles deliveries of one subscription.
///
/// @param subscription its id
/// @param outcome what becomes of them
/// @param spans which offsets, in order, each with the attempt it was delivered with
public record SettleCommand(long subscription, Outcome outcome, List<Span> spans) {
    public static final int TYPE = 4;

    /// Spans one command may carry, so that its head stays below 64 KiB.
    public static final int MAX_SPANS = 3_000;

    private static final int VERSION = 1;

    public SettleCommand {
        spans = List.copyOf(spans);
    }

    /// What becomes of a delivery. The order is the log's: add at the end only.
    public enum Outcome {
        /// Done with.
        ACCEPTED,
        /// Given back by its consumer.
        RELEASED,
        /// Not wanted.
        REJECTED,
        /// Given back because its consumer went away.
        LOST,
        /// Removed by an operator.
        PURGED;

        public static final List<Outcome> ALL = List.of(values());

        /// Whether the message leaves the subscription.
        public boolean leaves() {
            return this == ACCEPTED || this == REJECTED || this == PURGED;
        }
    }

    /// Offsets that follow each other and were delivered with the same attempt.
    ///
    /// @param first the first
    /// @param end one past the last
    /// @param attempt of the delivery
    public record Span(long first, long end, int attempt) {}

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(subscription).octet(Outcome.ALL.indexOf(outcome));
        out.number(spans.size());
        long previous = 0;
        for (Span span : spans) {
            out.signed(span.first - previous).number(span.end - span.first).number(span.attempt);
            previous = span.end;
        }
    }

    public static SettleCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "settle");
        HeadReader in = new HeadReader(head);
        long subscription = in.number();
        Outcome outcome = Outcome.ALL.get(in.octet());
        int count = in.integer();
        List<Span> spans = new ArrayList<>(count);
        long previous = 0;
        for (int i = 0; i < count; i++) {
            long first = previous + in.signed();
            previous = first + in.number();
            spans.add(new Span(first, previous, in.integer()));
        }
        return new SettleCommand(subscription, outcome, spans);
    }
}
