package io.polylog.protocol.http;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.SubscriptionRef;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Of a topic that is read: all that it holds from a position, and then what comes. On the
/// connection's loop.
final class ReadSubscription implements TalkSubscription, DeliveryListener {
    private final Talk talk;
    private final long id;
    private final TopicName topic;
    private final Position position;
    private final List<Consumer> cursors = new ArrayList<>();
    private boolean isClosed;

    /// @param id the client's
    ReadSubscription(Talk talk, long id, TopicName topic, Position position) {
        this.talk = talk;
        this.id = id;
        this.topic = topic;
        this.position = position;
    }

    @Override
    public CompletionStage<@Nullable Void> begin() {
        CompletionStage<@Nullable Void> all = TalkSubscription.done();
        for (int partition = 0; partition < position.partitions(); partition++) {
            CompletionStage<@Nullable Void> one =
                    talk.session()
                            .consume(spec(topic, partition, position.start(partition)), this)
                            .thenAccept(this::attached);
            all = all.thenCombine(one, (_, _) -> null);
        }
        return all;
    }

    /// A cursor that reads a partition as fast as its reader goes on.
    static ConsumeSpec spec(TopicName topic, int partition, ConsumeSpec.Start start) {
        return new ConsumeSpec(
                new SubscriptionRef(topic, "", partition),
                true,
                false,
                0,
                Integer.MAX_VALUE,
                start,
                null);
    }

    private void attached(Consumer made) {
        cursors.add(made);
        if (isClosed) {
            made.close();
        }
    }

    @Override
    public boolean deliver(Delivery delivery) {
        if (isClosed) {
            return false;
        }
        position.passed(delivery.partition(), delivery.offset());
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("position", position.text());
        shown.putAll(Shown.of(delivery, talk.opener().message(delivery)));
        talk.message(id, shown);
        return talk.socket().isWritable();
    }

    @Override
    public void paused() {
        // all of a turn goes out at its end
    }

    @Override
    public void writable() {
        cursors.forEach(Consumer::resume);
    }

    @Override
    public void cancelled() {
        failed(new BrokerException(Kind.NOT_FOUND, topic.name() + " was deleted"));
    }

    @Override
    public void failed(BrokerException why) {
        if (!isClosed) {
            close();
            talk.over(id, why);
        }
    }

    @Override
    public CompletionStage<@Nullable Void> close() {
        isClosed = true;
        CompletionStage<@Nullable Void> all = TalkSubscription.done();
        for (Consumer cursor : cursors) {
            all = all.thenCombine(cursor.close(), (_, _) -> null);
        }
        return all;
    }
}
