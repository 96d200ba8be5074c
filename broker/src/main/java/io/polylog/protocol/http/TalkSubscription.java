package io.polylog.protocol.http;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a client of a WebSocket subscribed to. On the connection's loop.
interface TalkSubscription {
    /// Begins; completes when it has.
    CompletionStage<@Nullable Void> begin();

    /// The client takes more again.
    void writable();

    /// Ends; completes when nothing more comes.
    CompletionStage<@Nullable Void> close();

    /// How many messages it may have unsettled at once.
    default long credit() {
        return 0;
    }

    /// Changes it.
    ///
    /// @throws io.polylog.http.Refusal 400 where there is nothing to settle
    default void credit(int credit) {
        throw Json.invalid("credit: there is nothing to settle");
    }

    /// Nothing to wait for.
    static CompletionStage<@Nullable Void> done() {
        return CompletableFuture.completedFuture(null);
    }
}
