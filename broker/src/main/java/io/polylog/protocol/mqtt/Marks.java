package io.polylog.protocol.mqtt;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// How far a session's exchanges at QoS 2 have come, kept through a crash: a mark for each message
/// that was received and is not released, and for each that was sent and is released, in a queue of
/// their own. A mark is published together with what it is about, and settled when the exchange is
/// over. On the connection's loop.
final class Marks {
    /// From the client, and not released by it.
    static final int RECEIVED = 1;

    /// To the client, and it said that it has it.
    static final int RELEASED = 2;

    private static final Lifetime UNLISTED = new Lifetime(true, false, false, false, false);
    private static final byte[] NOBODY = {};
    private static final int KIND_SHIFT = 16;
    private static final int ID_MASK = 0xffff;

    /// For the session before to be gone altogether.
    private static final long AGAIN_MS = 5;

    private final Session core;
    private final MqttConnection connection;
    private final TopicName queue;

    /// By kind and packet id; null where it is published and has not come back yet.
    private final Map<Integer, @Nullable Delivery> marks = new HashMap<>();

    /// Over before they came, and who waits for that.
    private final Map<Integer, CompletableFuture<@Nullable Void>> over = new HashMap<>(0);

    private boolean open;
    private long awaited;
    private final CompletableFuture<@Nullable Void> complete = new CompletableFuture<>();

    Marks(Session core, MqttConnection connection, TopicName queue) {
        this.core = core;
        this.connection = connection;
        this.queue = queue;
    }

    boolean isOpen() {
        return open;
    }

    /// Makes the queue where it is missing, and knows all that is in it when the stage completes.
    CompletionStage<@Nullable Void> open() {
        TopicSpec spec =
                new TopicSpec(queue, Form.MESSAGES, 1, Retention.QUEUE, UNLISTED, Map.of());
        return core.declareTopic(spec)
                .thenCompose(_ -> whenQuiet())
                .thenApply(_ -> {
                    open = true;
                    return null;
                });
    }

    /// What an earlier session had in hand comes back first, so that all is counted.
    private CompletionStage<@Nullable Void> whenQuiet() {
        return core.stats(queue)
                .thenCompose(stats -> {
                    if (stats.unsettled() == 0) {
                        awaited = stats.ready();
                        return consume();
                    }
                    CompletableFuture<@Nullable Void> later = new CompletableFuture<>();
                    connection
                            .context()
                            .executor()
                            .schedule(() -> later.complete(null), AGAIN_MS, TimeUnit.MILLISECONDS);
                    return later.thenCompose(_ -> whenQuiet());
                });
    }

    private CompletionStage<@Nullable Void> consume() {
        ConsumeSpec spec =
                new ConsumeSpec(new SubscriptionRef(queue, ""), false, false, 0, Integer.MAX_VALUE);
        if (awaited == 0) {
            complete.complete(null);
        }
        return core.consume(spec, new Receiver()).thenCompose(_ -> complete);
    }

    private final class Receiver implements DeliveryListener {
        @Override
        public boolean deliver(Delivery delivery) {
            came(delivery);
            return true;
        }

        @Override
        public void paused() {
            // Nothing to send.
        }

        @Override
        public void cancelled() {
            connection.fail(
                    new MqttException(ReasonCode.ADMINISTRATIVE_ACTION, "its marks were removed"));
        }

        @Override
        public void failed(BrokerException why) {
            connection.broken(why);
        }
    }

    private void came(Delivery delivery) {
        int mark = read(delivery.content());
        Delivery kept = delivery.with(Outgoing.NOTHING);
        CompletableFuture<@Nullable Void> waiting = over.remove(mark);
        if (waiting != null) {
            settle(kept)
                    .whenComplete((_, failed) -> {
                        if (failed == null) {
                            waiting.complete(null);
                        } else {
                            waiting.completeExceptionally(failed);
                        }
                    });
        } else {
            Delivery twice = marks.put(mark, kept);
            if (twice != null) {
                settle(twice);
            }
        }
        if (awaited > 0 && --awaited == 0) {
            complete.complete(null);
        }
    }

    /// 0 for what is none: others may publish to any queue.
    private static int read(Content content) {
        if (content.encoding() != MqttMapping.ENCODING) {
            return 0;
        }
        ByteBuffer payload = new MqttContent().wrap(content.bytes()).payload();
        return payload.remaining() == Integer.BYTES ? payload.getInt() : 0;
    }

    private static int mark(int kind, int packetId) {
        return kind << KIND_SHIFT | packetId;
    }

    /// What sets a mark, to be published with what it is about.
    Publication of(int kind, int packetId) {
        ByteBuffer payload = ByteBuffer.allocate(Integer.BYTES).putInt(mark(kind, packetId)).flip();
        MqttContent.Head head = new MqttContent.Head(0, NOBODY, "$mqtt/marks", -1, NOBODY);
        ByteBuffer bytes = MqttContent.stored(head, payload);
        return new Publication(
                new Address.Direct(queue, 0),
                new Content(MqttMapping.ENCODING, Envelope.PLAIN, bytes));
    }

    /// A mark is published.
    void set(int kind, int packetId) {
        marks.putIfAbsent(mark(kind, packetId), null);
    }

    boolean has(int kind, int packetId) {
        return marks.containsKey(mark(kind, packetId));
    }

    /// The packet ids that have marks of a kind.
    List<Integer> ids(int kind) {
        return marks.keySet().stream()
                .filter(mark -> mark >> KIND_SHIFT == kind)
                .map(mark -> mark & ID_MASK)
                .sorted()
                .toList();
    }

    /// The exchange is over; completes when that is durable.
    CompletionStage<@Nullable Void> clear(int kind, int packetId) {
        int mark = mark(kind, packetId);
        boolean there = marks.containsKey(mark);
        Delivery delivery = marks.remove(mark);
        if (delivery != null) {
            return settle(delivery);
        }
        CompletableFuture<@Nullable Void> waiting = new CompletableFuture<>();
        if (there) {
            over.put(mark, waiting);
        } else {
            waiting.complete(null);
        }
        return waiting;
    }

    private CompletionStage<@Nullable Void> settle(Delivery delivery) {
        return core.settle(List.of(delivery), Settlement.ACCEPT, true);
    }
}
