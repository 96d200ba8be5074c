package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.message.TopicName;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/// Changes of streams' definitions. Those of one stream come one after the other, each made from
/// what the one before left, so that none undoes another. On the home loop.
public final class StreamChanges {
    private final Streams streams;

    /// The newest of each stream that changes; done, in whatever way, when the next may begin.
    private final Map<TopicName, CompletionStage<?>> newest = new HashMap<>();

    public StreamChanges(Streams streams) {
        this.streams = streams;
    }

    /// Changes a stream once what was asked for before is done.
    ///
    /// @param change is given the stream as it then is
    /// @return what the change gives; fails where there is no such stream then
    public <T> CompletionStage<T> change(
            TopicName name, Function<StreamTopic, CompletionStage<T>> change) {
        CompletionStage<?> before =
                newest.getOrDefault(name, CompletableFuture.completedFuture(null));
        CompletionStage<T> done = before.thenCompose(_ -> change.apply(streams.find(name)));
        CompletionStage<?> over = done.handle((_, _) -> null);
        newest.put(name, over);
        over.thenRun(() -> newest.remove(name, over));
        return done;
    }
}
