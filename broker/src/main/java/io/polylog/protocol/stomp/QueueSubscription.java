package io.polylog.protocol.stomp;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Settlement;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A subscription to a queue, a topic or a durable subscription, and what the client has not
/// acknowledged of it. On the connection's loop.
final class QueueSubscription implements Subscription, DeliveryListener {
    private static final Content NOTHING =
            new Content(StompMapping.ENCODING, Envelope.PLAIN, ByteBuffer.allocate(0));

    private final OpenStomp open;
    private final Traits traits;
    private final TreeMap<Long, Delivery> unacked = new TreeMap<>();
    private @Nullable Consumer attached;
    private boolean gone;
    private boolean stopped;

    /// How it acknowledges.
    enum Mode {
        AUTO,
        /// One stands for all before it.
        CLIENT,
        INDIVIDUAL
    }

    /// What it is like.
    ///
    /// @param id what MESSAGE frames say in `subscription`; "" for nothing
    /// @param destination that messages of other protocols seem to have been sent to
    /// @param cursor it reads a topic that is kept: everything is settled for it once sent
    /// @param queue made for it, to outlive it; "" for none
    record Traits(String id, String destination, Mode mode, boolean cursor, String queue) {}

    /// Something that the client settles.
    record Taken(QueueSubscription from, long number, Delivery delivery) {}

    QueueSubscription(OpenStomp open, Traits traits) {
        this.open = open;
        this.traits = traits;
    }

    /// The core has it attached.
    void attached(Consumer consumer) {
        attached = consumer;
        if (gone) {
            consumer.close();
        }
    }

    @Override
    public boolean deliver(Delivery delivery) {
        boolean auto = traits.mode == Mode.AUTO;
        if (gone) {
            if (!auto) {
                open.session().settle(List.of(delivery), Settlement.RELEASE, false);
            }
            return false;
        }
        StompContent content =
                open.subscriptions().translation().content(delivery, traits.destination);
        var head =
                new Subscriptions.Head(
                        traits.id,
                        delivery.redelivered(),
                        !auto,
                        traits.cursor ? delivery.offset() : -1);
        long number = open.subscriptions().message(head, content);
        if (!auto) {
            unacked.put(number, delivery.with(NOTHING));
            open.subscriptions().owns(number, this);
        } else if (traits.cursor) {
            open.session().settle(List.of(delivery), Settlement.ACCEPT, false);
        }
        stopped = !open.wire().output().writable();
        return !stopped;
    }

    /// Takes out what an acknowledgement of a message is about.
    List<Taken> take(long number) {
        List<Taken> taken = new ArrayList<>(1);
        if (traits.mode == Mode.CLIENT) {
            SortedMap<Long, Delivery> all = unacked.headMap(number, true);
            all.forEach((each, delivery) -> taken.add(new Taken(this, each, delivery)));
            all.clear();
        } else {
            Delivery delivery = unacked.remove(number);
            if (delivery != null) {
                taken.add(new Taken(this, number, delivery));
            }
        }
        return taken;
    }

    /// It is unacknowledged again.
    void putBack(Taken taken) {
        unacked.put(taken.number, taken.delivery);
    }

    @Override
    public void paused() {
        // Everything of a round goes out at its end, whoever paused.
    }

    @Override
    public void cancelled() {
        ends(new StompException("Server cancelled subscription", "its queue was deleted"));
    }

    @Override
    public void overdue(long timeoutMs) {
        ends(
                new StompException(
                        "precondition_failed",
                        "a message was not acknowledged for " + timeoutMs + " ms"));
    }

    @Override
    public void failed(BrokerException why) {
        ends(StompException.of(why));
    }

    /// STOMP has no word for the end of one subscription: the connection ends.
    private void ends(StompException why) {
        if (!gone) {
            gone = true;
            open.wire().fail(why, null);
        }
    }

    @Override
    public void resume() {
        if (stopped && !gone && attached != null) {
            stopped = false;
            attached.resume();
        }
    }

    @Override
    public CompletionStage<Void> close() {
        boolean was = gone;
        gone = true;
        return was || attached == null ? CompletableFuture.completedFuture(null) : attached.close();
    }

    @Override
    public String queue() {
        return traits.queue;
    }
}
