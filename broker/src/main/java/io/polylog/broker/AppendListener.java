package io.polylog.broker;

import java.util.List;

/// Hears of appended batches, once, on the session's loop, in the order they were handed over.
@FunctionalInterface
public interface AppendListener {
    void decided(List<Result> results);

    /// The fate of one batch.
    ///
    /// @param outcome what happened
    /// @param baseOffset offset of its first record when APPENDED or DUPLICATE, else -1
    /// @param timeMs the log's time for it
    /// @param startOffset oldest offset kept in the partition
    /// @param malformed which of its records do not fit, where it is MALFORMED
    record Result(
            Outcome outcome,
            long baseOffset,
            long timeMs,
            long startOffset,
            List<Malformed> malformed) {
        /// Of one that fits.
        public Result(Outcome outcome, long baseOffset, long timeMs, long startOffset) {
            this(outcome, baseOffset, timeMs, startOffset, List.of());
        }
    }

    /// A record whose body does not fit the schema of a topic.
    ///
    /// @param place of the record in its batch, from 0
    /// @param problem where, and which rule says so
    record Malformed(int place, String problem) {}

    /// What happened to a batch.
    enum Outcome {
        APPENDED,
        /// The same stamp was stored before (within the last 5 batches of the producer): its
        /// offset.
        DUPLICATE,
        /// The sequence does not follow the producer's last one, nor is it a known duplicate.
        OUT_OF_ORDER_SEQUENCE,
        /// A duplicate older than the window.
        DUPLICATE_FORGOTTEN,
        /// The producer's epoch is older than the newest seen.
        FENCED,
        /// The producer is not known here although its sequence is not 0.
        UNKNOWN_PRODUCER,
        NOT_FOUND,
        DENIED,
        /// The body of a record does not fit the schema of a topic: [Result#malformed] tells.
        MALFORMED,
        TOO_LARGE,
        DISK_FULL,
        BUSY,
        CLOSED
    }
}
