package io.polylog.protocol.stomp;

import java.util.concurrent.CompletionStage;

/// One SUBSCRIBE. On the connection's loop.
sealed interface Subscription permits QueueSubscription, LiveSubscription {
    /// The connection takes more.
    void resume();

    /// Nothing more is sent for it; completes when the core has let go of it.
    CompletionStage<Void> close();

    /// The queue that was made for it and outlives it; "" for none.
    String queue();
}
