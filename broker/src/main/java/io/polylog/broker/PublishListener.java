package io.polylog.broker;

import io.polylog.broker.Publication.Expectation;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Hears of a batch of publications, once, on the session's loop.
@FunctionalInterface
public interface PublishListener {
    /// Every publication is decided.
    void decided(Outcomes outcomes);

    /// The fate of each publication of a batch, by its place in the list.
    interface Outcomes {
        Outcome at(int index);

        /// Whether all of them are [Outcome#STORED].
        boolean allStored();

        /// What stood against it, of one that ended in [Outcome#CONFLICT]; else null.
        default @Nullable Conflict conflict(int index) {
            return null;
        }

        /// Which limit a target has reached that refuses one that ended in [Outcome#REJECTED]; else
        /// null.
        default @Nullable Limit limit(int index) {
            return null;
        }

        /// Where the body of one that ended in [Outcome#MALFORMED] does not fit, and by which rule;
        /// else null.
        default @Nullable String problem(int index) {
            return null;
        }

        /// Where it is in the topic that it [asks][Publication#asks] about. Null where it asks
        /// nothing, where that topic has not got it, and where that it was stored is all that is
        /// known after a fault.
        default @Nullable Placed placed(int index) {
            return null;
        }

        /// Outcomes one by one.
        ///
        /// @param conflicts by place
        /// @param placements by place
        /// @param limits by place
        /// @param problems by place
        record Listed(
                List<Outcome> all,
                Map<Integer, Conflict> conflicts,
                Map<Integer, Placed> placements,
                Map<Integer, Limit> limits,
                Map<Integer, String> problems)
                implements Outcomes {
            @Override
            public @Nullable String problem(int index) {
                return problems.get(index);
            }

            @Override
            public @Nullable Limit limit(int index) {
                return limits.get(index);
            }

            @Override
            public @Nullable Placed placed(int index) {
                return placements.get(index);
            }

            @Override
            public @Nullable Conflict conflict(int index) {
                return conflicts.get(index);
            }

            @Override
            public Outcome at(int index) {
                return all.get(index);
            }

            @Override
            public boolean allStored() {
                return all.stream().allMatch(outcome -> outcome == Outcome.STORED);
            }
        }
    }

    /// What a target has as much of as it may.
    enum Limit {
        /// Messages.
        COUNT,
        /// Their bytes.
        BYTES,
        /// Keys whose versions it keeps.
        KEYS,
        /// Messages of one subject.
        SUBJECT
    }

    /// Another message is the newest than the sender expected.
    ///
    /// @param expected by the sender
    /// @param actual offset of the newest, -1 for none, or [#UNTOLD]
    record Conflict(Expectation expected, long actual) {
        /// It was not found: too many subjects begin as what is expected does.
        public static final long UNTOLD = -2;
    }

    /// Where a message is in a topic.
    ///
    /// @param partition its number, 0 where there is one only
    /// @param offset its own; of a duplicate that of the message which it repeats, whether that is
    ///   still there or not, or -1 where an earlier version of the broker stored that
    /// @param duplicate whether it was left out because the topic has stored it before
    record Placed(TopicName topic, int partition, long offset, boolean duplicate) {}

    /// The fate of one publication.
    enum Outcome {
        /// Durable in every target (or accepted by memory targets).
        STORED,
        /// No target.
        UNROUTABLE,
        /// The named exchange or topic does not exist.
        NOT_FOUND,
        /// No permission.
        DENIED,
        /// A target refuses (limit reached).
        REJECTED,
        /// What its sender expected does not hold: [Outcomes#conflict] tells. Nothing is stored.
        CONFLICT,
        /// What its sender expects cannot be told: it goes to several streams and does not say
        /// which of them it is about, or it is about a key that it does not have or whose versions
        /// the stream does not keep.
        UNFIT,
        /// Its body does not fit the schema of a target: [Outcomes#problem] tells. Nothing is
        /// stored.
        MALFORMED,
        /// Larger than the limit.
        TOO_LARGE,
        /// No space for new data now.
        DISK_FULL,
        /// Too much is waiting now.
        BUSY,
        /// The broker is going down or has failed; nothing is known.
        CLOSED
    }
}
