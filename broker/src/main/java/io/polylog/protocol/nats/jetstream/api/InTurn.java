package io.polylog.protocol.nats.jetstream.api;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Questions that are asked one after the other. Stateless; any thread.
public final class InTurn {
    private InTurn() {}

    /// The answers about all of some, each asked for when the one before is there.
    public static <T, R extends @Nullable Object> CompletionStage<List<R>> each(
            Collection<T> some, Function<T, ? extends CompletionStage<R>> ask) {
        List<R> answers = new ArrayList<>(some.size());
        CompletionStage<List<R>> done = CompletableFuture.completedFuture(answers);
        for (T one : some) {
            done =
                    done.thenCompose(_ -> ask.apply(one))
                            .thenApply(answer -> {
                                answers.add(answer);
                                return answers;
                            });
        }
        return done;
    }
}
