package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.shard.Attachment;
import io.polylog.broker.shard.Serving.Attached;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A consumer on its way to partitions of its topic, a lane for each. On the session's loop.
final class Attaching {
    private final CoreSession session;
    private final LoopConsumer consumer;
    private final List<Lane> lanes;

    /// @param lanes of the consumer, not attached yet
    Attaching(CoreSession session, LoopConsumer consumer, List<Lane> lanes) {
        this.session = session;
        this.consumer = consumer;
        this.lanes = lanes;
    }

    /// Completes when every lane is attached or refused; fails when one was, or when the consumer
    /// was closed meanwhile. Then those that are attached are the caller's to detach.
    CompletionStage<@Nullable Void> begin(Topic topic) {
        SubscriptionRef ref = consumer.spec().subscription();
        return new SubscriptionOpening(session, topic, ref)
                .begin(consumer.spec().start(), consumer.spec().interest())
                .thenCompose(_ ->
                        CompletableFuture.allOf(
                                lanes.stream()
                                        .map(lane -> attach(lane, ref.name()))
                                        .toArray(CompletableFuture<?>[]::new)))
                .thenRun(() -> {
                    if (consumer.isClosed()) {
                        throw gone();
                    }
                });
    }

    private CompletableFuture<@Nullable Void> attach(Lane lane, String name) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        lane.port.ask(
                session.loop(),
                serving -> serving.attach(lane.stream, name, consumer.terms(), lane),
                answer -> {
                    switch (answer) {
                        case Attached.Done(var attachment) -> attached(lane, attachment, done);
                        case Attached.Refused(var why) ->
                                done.completeExceptionally(why.exception());
                        case Attached.Missing() -> done.completeExceptionally(gone());
                    }
                });
        return done;
    }

    private void attached(
            Lane lane, Attachment attachment, CompletableFuture<@Nullable Void> done) {
        try {
            session.consumers().attached(lane);
            lane.attached(attachment);
            done.complete(null);
        } catch (BrokerException unknown) {
            done.completeExceptionally(unknown);
        }
    }

    private static BrokerException gone() {
        return new BrokerException(Kind.NOT_FOUND, "the topic went away");
    }
}
