package io.polylog.protocol.kafka;

import io.polylog.broker.Append;
import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.AppendListener.Result;
import io.polylog.broker.Binding;
import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Definitions;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Interest;
import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Operations;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener;
import io.polylog.broker.Purge;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.broker.SharedCredit;
import io.polylog.broker.SubjectView;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.SubscriptionState;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A session with [FakeBroker]: what the Kafka adapter uses. Answers come on the loop, later.
final class FakeSession implements Session {
    private final FakeBroker broker;
    private final Mailbox loop;

    FakeSession(FakeBroker broker, Mailbox loop) {
        this.broker = broker;
        this.loop = loop;
    }

    private <T> CompletionStage<T> later(java.util.function.Supplier<T> work) {
        CompletableFuture<T> stage = new CompletableFuture<>();
        loop.post(() -> {
            try {
                stage.complete(work.get());
            } catch (BrokerException e) {
                stage.completeExceptionally(e);
            }
        });
        return stage;
    }

    private static BrokerException fault(BrokerException.Kind kind) {
        return new BrokerException(kind, kind.toString());
    }

    @Override
    public Definitions definitions() {
        return broker.definitions();
    }

    @Override
    public CompletionStage<Topic> declareTopic(TopicSpec spec) {
        return later(() -> {
            Topic made = broker.make(spec);
            if (made == null) {
                throw fault(BrokerException.Kind.CONFLICT);
            }
            return made;
        });
    }

    @Override
    public CompletionStage<Long> deleteTopic(TopicName name, boolean unused, boolean empty) {
        return later(() -> {
            if (!broker.drop(name)) {
                throw fault(BrokerException.Kind.NOT_FOUND);
            }
            return 0L;
        });
    }

    @Override
    public CompletionStage<Topic> addPartitions(TopicName name, int total) {
        return later(() -> broker.grow(name, total));
    }

    @Override
    public CompletionStage<Topic> alterTopic(
            TopicName name,
            TopicSpec.Retention retention,
            @Nullable QueuePolicy policy,
            Map<String, String> arguments) {
        return later(() -> broker.alter(name, retention, arguments));
    }

    @Override
    public CompletionStage<Long> trim(TopicName name, int number, long start) {
        return later(() -> {
            FakePartition partition = broker.partition(name, number);
            if (start > partition.end()) {
                throw fault(BrokerException.Kind.INVALID);
            }
            partition.trim(start);
            return partition.start();
        });
    }

    @Override
    public CompletionStage<Long> newProducerId() {
        return later(broker.producerIds::incrementAndGet);
    }

    @Override
    public boolean wantsOpened(Topic topic) {
        return topic.spec().form() == TopicSpec.Form.MESSAGES;
    }

    @Override
    public Live listen(String namespace, Live.Terms terms, LiveListener listener) {
        throw never();
    }

    @Override
    public @Nullable LiveListener listeningAlone(String namespace, String subject) {
        throw never();
    }

    @Override
    public boolean isHeard(String namespace, String subject) {
        return false;
    }

    @Override
    public long listenersVersion() {
        return 0;
    }

    @Override
    public List<LiveListener> listening(String namespace, String subject) {
        throw never();
    }

    @Override
    public void append(List<Append> batches, AppendListener listener) {
        List<Result> results = new ArrayList<>();
        for (Append batch : batches) {
            results.add(append(batch));
        }
        loop.post(() -> listener.decided(results));
    }

    private Result append(Append batch) {
        synchronized (broker.planted) {
            if (!broker.planted.isEmpty()) {
                return new Result(broker.planted.removeFirst(), -1, 1, 0);
            }
        }
        FakePartition partition = broker.partition(batch.topic(), batch.partition());
        return partition == null
                ? new Result(Outcome.NOT_FOUND, -1, 1, 0)
                : partition.append(batch);
    }

    @Override
    public Reader reader(TopicName topic, int number) {
        FakePartition partition = broker.partition(topic, number);
        return new Reader() {
            @Override
            public long startOffset() {
                return partition.start();
            }

            @Override
            public long endOffset() {
                return partition.end();
            }

            @Override
            public CompletionStage<ReadResult> read(long offset, int maxBytes) {
                return maxBytes % 2 == 0
                        ? later(() -> partition.read(offset, maxBytes))
                        : CompletableFuture.completedFuture(partition.read(offset, maxBytes));
            }

            @Override
            public Watch whenLastIsOver(LastIsOver listener) {
                throw new UnsupportedOperationException();
            }

            @Override
            public CompletionStage<OffsetAtTime> find(long timeMs) {
                return later(() -> {
                    Entry found = partition.at(timeMs);
                    return found == null ? null : new OffsetAtTime(found.offset(), found.timeMs());
                });
            }

            @Override
            public CompletionStage<Long> newest() {
                return later(partition::newest);
            }

            @Override
            public CompletionStage<Long> heldBytes() {
                return later(partition::bytes);
            }

            @Override
            public Watch whenBeyond(long offset, Runnable task) {
                FakePartition.Waiter waiter = partition.waitBeyond(offset, () -> loop.post(task));
                return () -> partition.stopWaiting(waiter);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Operations operations() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close(String why) {}

    // What the Kafka adapter never asks for -----------------------------------------------------

    private static UnsupportedOperationException never() {
        return new UnsupportedOperationException("the Kafka adapter has no use for this");
    }

    @Override
    public CompletionStage<Long> reset(SubscriptionRef what, ConsumeSpec.Start from) {
        throw never();
    }

    @Override
    public CompletionStage<Map<String, Interest>> subscriptions(TopicName topic) {
        throw never();
    }

    @Override
    public CompletionStage<SubscriptionState> describe(SubscriptionRef subscription) {
        throw never();
    }

    @Override
    public CompletionStage<@Nullable Void> alterSubscription(
            SubscriptionRef subscription, Interest interest) {
        throw never();
    }

    @Override
    public CompletionStage<Long> deleteSubscription(SubscriptionRef subscription) {
        throw never();
    }

    @Override
    public SubjectView subjects(TopicName topic, int partition) {
        throw never();
    }

    @Override
    public CompletionStage<List<Boolean>> remove(
            TopicName topic, int partition, List<Long> offsets) {
        throw never();
    }

    @Override
    public CompletionStage<Long> skip(TopicName topic, int partition, long to) {
        throw never();
    }

    @Override
    public CompletionStage<Long> purge(TopicName topic, Purge what) {
        throw never();
    }

    @Override
    public CompletionStage<Long> purge(SubscriptionRef what) {
        throw never();
    }

    @Override
    public CompletionStage<ExchangeSpec> declareExchange(ExchangeSpec spec) {
        throw never();
    }

    @Override
    public CompletionStage<Void> deleteExchange(String namespace, String name, boolean unused) {
        throw never();
    }

    @Override
    public CompletionStage<Void> bind(Binding binding) {
        throw never();
    }

    @Override
    public CompletionStage<Void> unbind(Binding binding) {
        throw never();
    }

    @Override
    public void publish(List<Publication> batch, PublishListener listener) {
        throw never();
    }

    @Override
    public CompletionStage<Consumer> consume(ConsumeSpec spec, DeliveryListener listener) {
        throw never();
    }

    @Override
    public SharedCredit sharedCredit() {
        throw never();
    }

    @Override
    public CompletionStage<Optional<Delivery>> take(SubscriptionRef subscription, boolean settle) {
        throw never();
    }

    @Override
    public CompletionStage<Void> settle(
            List<Delivery> deliveries, Settlement how, boolean awaited) {
        throw never();
    }

    @Override
    public CompletionStage<io.polylog.broker.PublishListener.Outcomes> transact(
            io.polylog.broker.Transaction transaction) {
        throw new UnsupportedOperationException("the Kafka adapter has no use for it");
    }

    @Override
    public CompletionStage<Boolean> cancel(TopicName queue, long offset) {
        throw never();
    }

    @Override
    public CompletionStage<Void> renew(List<Delivery> deliveries) {
        throw never();
    }

    @Override
    public CompletionStage<TopicStats> stats(SubscriptionRef what) {
        throw never();
    }
}
