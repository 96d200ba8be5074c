package io.polylog.broker;

import java.util.List;

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

        /// Outcomes one by one.
        record Listed(List<Outcome> all) implements Outcomes {
            public Listed(Outcome... all) {
                this(List.of(all));
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
