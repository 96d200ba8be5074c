package io.polylog.broker;

import java.util.concurrent.CompletionStage;

/// A consumer attached to a subscription. Called on the session's loop.
public interface Consumer {
    /// Changes how many deliveries may be unsettled at once.
    void credit(int credit);

    /// The connection can take more after [DeliveryListener#deliver] answered false.
    void resume();

    /// Detaches. Deliveries made stay with the session until settled; nothing more is delivered.
    /// Completes when nobody counts this consumer any more, what it was to get next is ready for
    /// others, and a topic that went with its last consumer is gone.
    CompletionStage<Void> close();
}
