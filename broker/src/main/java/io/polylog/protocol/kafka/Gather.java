package io.polylog.protocol.kafka;

import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Waits for the several things one answer needs. On the connection's loop.
final class Gather {
    private final Runnable whenDone;
    private int open = 1;

    Gather(Runnable whenDone) {
        this.whenDone = whenDone;
    }

    /// Waits for one more; `then` gets its value or what it failed with, out of its wrapping.
    <T> void add(CompletionStage<T> stage, BiConsumer<? super T, @Nullable Throwable> then) {
        open++;
        stage.whenComplete((value, error) -> {
            then.accept(value, KafkaErrors.cause(error));
            arrived();
        });
    }

    /// Everything was added.
    void allAdded() {
        arrived();
    }

    private void arrived() {
        open--;
        if (open == 0) {
            whenDone.run();
        }
    }
}
