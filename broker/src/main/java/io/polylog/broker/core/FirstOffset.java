package io.polylog.broker.core;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Reader;
import io.polylog.broker.Topic;
import io.polylog.broker.command.OpenSubscriptionCommand;
import io.polylog.message.TopicName;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Turns where a subscription is to begin into an offset of one partition. On the session's loop.
final class FirstOffset {
    /// Nothing of what the partition holds.
    static final long END = OpenSubscriptionCommand.END;

    private FirstOffset() {}

    /// The offset, [OpenSubscriptionCommand#END] where the partition holds nothing that is meant.
    static CompletionStage<Long> of(
            CoreSession session, TopicName topic, int partition, Start start) {
        return switch (start) {
            case Start.Edge.FIRST -> CompletableFuture.completedFuture(0L);
            case Start.Edge.NEXT -> CompletableFuture.completedFuture(OpenSubscriptionCommand.END);
            case Start.Offset(long offset) ->
                    CompletableFuture.completedFuture(Math.max(0, offset));
            case Start.Edge.LAST -> last(session, topic, partition);
            case Start.Time(long timeMs) -> atTime(session.reader(topic, partition), timeMs);
        };
    }

    private static CompletionStage<Long> last(CoreSession session, TopicName name, int partition) {
        Topic topic = session.topicToRead(name);
        if (!topic.spec().retention().removable() || partition >= topic.partitions().size()) {
            return newest(session.reader(name, partition));
        }
        Topic.Partition place = topic.partitions().get(partition);
        CompletableFuture<Long> last = new CompletableFuture<>();
        session.core()
                .port(place.shard())
                .ask(
                        session.loop(),
                        serving -> serving.holdings().last(place.stream()),
                        offset -> last.complete(offset < 0 ? END : offset));
        return last;
    }

    private static CompletionStage<Long> newest(Reader reader) {
        return reader.read(reader.endOffset() - 1, 1)
                .thenApply(read ->
                        read.records().isEmpty()
                                ? OpenSubscriptionCommand.END
                                : read.records().getFirst().offset())
                .whenComplete((_, _) -> reader.close());
    }

    private static CompletionStage<Long> atTime(Reader reader, long timeMs) {
        return reader.find(timeMs)
                .thenApply(found -> found == null ? OpenSubscriptionCommand.END : found.offset())
                .whenComplete((_, _) -> reader.close());
    }
}
