package io.polylog.broker.command;

import io.polylog.broker.Settlement;
import io.polylog.broker.Trail.Cause;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Settles deliveries of one subscription.
///
/// @param subscription its id
/// @param epoch in which the shard's leader handed them out, for which holder of the subscription's
///   id ([#epoch(long,long)]): what an earlier one handed out may be on its way to somebody else,
///   and is not settled; or [#ANY_EPOCH], [#NO_EPOCH]
/// @param outcome what becomes of them
/// @param delayMs what comes back stays hidden so long; or [#BY_POLICY]
/// @param error what is said of them, "" for nothing
/// @param spans which offsets, in order, each with the attempt it was delivered with
public record SettleCommand(
        long subscription,
        long epoch,
        Outcome outcome,
        long delayMs,
        String error,
        List<Span> spans) {
    public static final int TYPE = 4;

    /// Spans one command may carry, so that its head stays below 64 KiB.
    public static final int MAX_SPANS = 3_000;

    /// Spans of one that takes part in a transaction: a shard may have to keep it as a small cell.
    public static final int HELD_SPANS = 250;

    /// Of a settlement that version 1 wrote: whoever handed it out.
    public static final long ANY_EPOCH = -1;

    /// Of what no leader handed out to who settles it: nothing is settled.
    public static final long NO_EPOCH = 0;

    /// What comes back does so when the queue's [io.polylog.broker.QueuePolicy.Retry] says.
    public static final long BY_POLICY = Settlement.BY_POLICY;

    private static final int LEADER_BITS = 32;

    /// Version 1 has no epoch, version 2 no delay, version 3 no error; each is written where that
    /// is enough.
    private static final int VERSION = 4;

    public SettleCommand {
        spans = List.copyOf(spans);
    }

    /// One whose messages come back when the queue's policy says, if they do.
    public SettleCommand(long subscription, long epoch, Outcome outcome, List<Span> spans) {
        this(subscription, epoch, outcome, BY_POLICY, "", spans);
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
        PURGED,
        /// Waited longer than it may.
        EXPIRED,
        /// Too much waited with it.
        OVERFLOWED,
        /// Given back once too often.
        EXHAUSTED,
        /// Given back because its consumer kept it too long.
        TIMED_OUT,
        /// Taken back before its time had come.
        CANCELLED,
        /// Sent on by an operator.
        MOVED,
        /// Thrown away by an operator who had looked at it.
        DISCARDED,
        /// Not what the subscription's filter wants.
        FILTERED;

        public static final List<Outcome> ALL = List.of(values());

        /// Why a message that leaves so is a dead letter; null when it is none.
        public @Nullable Cause cause() {
            return switch (this) {
                case REJECTED -> Cause.REJECTED;
                case EXPIRED -> Cause.EXPIRED;
                case OVERFLOWED -> Cause.OVERFLOWED;
                case EXHAUSTED -> Cause.EXHAUSTED;
                case ACCEPTED,
                        RELEASED,
                        LOST,
                        PURGED,
                        TIMED_OUT,
                        CANCELLED,
                        MOVED,
                        DISCARDED,
                        FILTERED ->
                        null;
            };
        }

        /// Whether a message that comes back so was not dealt with as it should, rather than given
        /// back.
        public boolean fails() {
            return this == LOST || this == TIMED_OUT;
        }

        /// Whether it is for what is hidden, and for nothing else.
        public boolean ofHidden() {
            return this == CANCELLED;
        }

        /// Whether the message leaves the subscription.
        public boolean leaves() {
            return this != RELEASED && this != LOST && this != TIMED_OUT;
        }
    }

    /// Offsets that follow each other and were delivered with the same attempt.
    ///
    /// @param first the first
    /// @param end one past the last
    /// @param attempt of the delivery
    public record Span(long first, long end, int attempt) {}

    /// What a settlement names: a leader's epoch, and which holder of the subscription's id it
    /// served. An id is given again when its subscription is gone, and what was delivered for one
    /// must not settle a message of the next.
    ///
    /// @param leader epoch of the leader, below 2^32
    /// @param round how often the id was given before
    public static long epoch(long leader, long round) {
        return round << LEADER_BITS | leader;
    }

    /// The leader's epoch of what [#epoch(long,long)] gave.
    public static long leader(long epoch) {
        return epoch & (1L << LEADER_BITS) - 1;
    }

    /// The same, of whichever leader handed the messages out.
    public SettleCommand byAnyEpoch() {
        return new SettleCommand(subscription, ANY_EPOCH, outcome, delayMs, error, spans);
    }

    /// The same with another outcome.
    public SettleCommand as(Outcome other) {
        return new SettleCommand(subscription, epoch, other, delayMs, error, spans);
    }

    public void encode(HeadWriter out) {
        int version = version();
        out.octet(version).number(subscription).octet(Outcome.ALL.indexOf(outcome));
        if (version > 1) {
            out.signed(epoch);
        }
        if (version == 3) {
            out.number(delayMs);
        } else if (version > 3) {
            out.signed(delayMs).text(error);
        }
        out.number(spans.size());
        long previous = 0;
        for (Span span : spans) {
            out.signed(span.first - previous).number(span.end - span.first).number(span.attempt);
            previous = span.end;
        }
    }

    private int version() {
        if (!error.isEmpty()) {
            return VERSION;
        }
        return delayMs != BY_POLICY ? 3 : epoch == ANY_EPOCH ? 1 : 2;
    }

    public static SettleCommand decode(ByteBuffer head) {
        int version = HeadReader.version(head, VERSION, "settle");
        HeadReader in = new HeadReader(head);
        long subscription = in.number();
        Outcome outcome = Outcome.ALL.get(in.octet());
        long epoch = version == 1 ? ANY_EPOCH : in.signed();
        long delayMs = version < 3 ? BY_POLICY : version == 3 ? in.number() : in.signed();
        String error = version < 4 ? "" : in.text();
        int count = in.integer();
        List<Span> spans = new ArrayList<>(count);
        long previous = 0;
        for (int i = 0; i < count; i++) {
            long first = previous + in.signed();
            previous = first + in.number();
            spans.add(new Span(first, previous, in.integer()));
        }
        return new SettleCommand(subscription, epoch, outcome, delayMs, error, spans);
    }
}
