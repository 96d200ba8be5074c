package io.polylog.log;

import java.util.List;

/// Commands of one shard handed over together: logged in order, applied in order at one time, and
/// answered once.
///
/// @param commands at least one
/// @param urgency who waits and which space it may use
/// @param proposer gets the answer; also handed to apply, so that its effects find their way back
public record Batch(List<Command> commands, Urgency urgency, Proposer proposer) {

    /// How soon a batch must be written and which admission rule it falls under.
    public enum Urgency {
        /// Adds data and somebody waits. Refused while the disk is full.
        PUBLISH,
        /// Frees or moves state, or a reader's place, and somebody waits; admitted into the reserve
        /// while the disk is full.
        SETTLE,
        /// As SETTLE, but nobody waits: may stay up to 10 ms for company.
        RELAXED
    }

    /// The proposer's end. Called once, on the log's thread (or inside `propose` when refused);
    /// must not block.
    public interface Proposer {
        /// Every command is durable and was applied; results were effects of apply.
        void done(long index, long epoch);

        /// Nothing was logged and nothing will be.
        void refused(Refusal refusal);

        /// A proposer that does not care.
        static Proposer nobody() {
            return new Proposer() {
                @Override
                public void done(long index, long epoch) {}

                @Override
                public void refused(Refusal refusal) {}
            };
        }
    }

    /// Why a batch was not taken.
    public enum Refusal {
        /// No space for new data; settlements still pass. Ends by itself.
        DISK_FULL,
        /// Too much is waiting already; try again later.
        BUSY,
        /// The log is closing or has failed.
        CLOSED,
        /// This engine does not lead the shard (cluster only).
        NOT_LEADER,
        /// Perhaps logged, perhaps not (cluster only): not a refusal towards the client.
        UNKNOWN
    }
}
