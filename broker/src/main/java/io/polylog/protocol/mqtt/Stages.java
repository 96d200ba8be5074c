package io.polylog.protocol.mqtt;

import io.polylog.broker.BrokerException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Stages of which only the end counts. Stateless; any thread.
final class Stages {
    static final CompletionStage<@Nullable Void> DONE = CompletableFuture.completedFuture(null);

    private Stages() {}

    /// The same without its value.
    static CompletionStage<@Nullable Void> end(CompletionStage<?> of) {
        return of.thenAccept(_ -> {});
    }

    /// What a question gives, also where it fails at once.
    static <T extends @Nullable Object> CompletionStage<T> asked(
            Supplier<CompletionStage<T>> question) {
        try {
            return question.get();
        } catch (BrokerException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }
}
