package io.polylog.protocol.amqp091;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Settlement;
import io.polylog.broker.SharedCredit;
import io.polylog.protocol.amqp091.AmqpWriter.DeliveryHead;
import io.polylog.protocol.amqp091.AmqpWriter.Fragments;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The deliveries of one channel on their way to the client: gives them their tags, remembers those
/// that wait for a settlement, and keeps to the limits of the channel as a whole (basic.qos with
/// `global`, channel.flow), and to what basic.recover says. On the connection's loop.
final class DeliveryWindow {
    private static final Content NOTHING =
            new Content(AmqpMapping.ENCODING, Envelope.PLAIN, ByteBuffer.allocate(0));
    private static final byte[] NO_TAG = {};

    private final AmqpChannel channel;
    private final Deliveries deliveries;
    private final Unacked unacked = new Unacked();
    private final SharedCredit credit;

    /// Deliveries that came although their consumer may have none: those that were under way when
    /// it was stopped.
    private final Deque<Held> held = new ArrayDeque<>(0);

    private long lastTag;
    private boolean flowing = true;
    private boolean recovering;

    /// Most unsettled deliveries of the channel; 0 for no limit.
    private int limit;

    private record Held(AmqpConsumer consumer, Delivery delivery) {}

    DeliveryWindow(AmqpChannel channel) {
        this.channel = channel;
        deliveries = new Deliveries(channel.connection());
        credit = channel.session().sharedCredit();
    }

    /// The limit that consumers of the channel share.
    SharedCredit credit() {
        return credit;
    }

    Unacked unacked() {
        return unacked;
    }

    /// Changes the channel's limit.
    void limit(int most) {
        limit = most;
        credit.limit(most == 0 ? Integer.MAX_VALUE : most);
        sendHeld();
    }

    boolean isLimited() {
        return limit > 0;
    }

    /// Stops or goes on, as the client asks.
    void flow(boolean active) {
        flowing = active;
        sendHeld();
    }

    /// Nothing is sent from basic.recover to its answer: what comes before that is, to the client,
    /// what it has given back.
    void recovering(boolean now) {
        recovering = now;
        sendHeld();
    }

    /// Whether a consumer may have more. The core sees to the limit of those that settle; those
    /// that do not use nothing of it up, but wait while it is.
    boolean takes(AmqpConsumer consumer) {
        return flowing
                && !recovering
                && (limit == 0 || !consumer.noAck() || unacked.ofConsumers() < limit);
    }

    /// Sends a delivery, or keeps it until there is room.
    ///
    /// @return whether more may come
    boolean deliver(AmqpConsumer consumer, Delivery delivery) {
        StreamFilter filter = consumer.filter();
        if (filter != null && !filter.passes(deliveries.headers(delivery))) {
            channel.session().settle(List.of(delivery), Settlement.ACCEPT, false);
            return true;
        }
        if (!takes(consumer)) {
            held.add(new Held(consumer, delivery.copied()));
            return false;
        }
        send(consumer, delivery);
        return channel.connection().output().writable() && takes(consumer);
    }

    private void send(AmqpConsumer consumer, Delivery delivery) {
        long tag = ++lastTag;
        if (!consumer.noAck()) {
            unacked.add(new Unacked.Entry(tag, delivery.with(NOTHING), true));
        }
        AmqpWriter.deliver(
                channel.connection().output().buffer(),
                channel.number(),
                new DeliveryHead(consumer.tagBytes(), tag, delivery.redelivered()),
                deliveries.content(delivery, consumer.note()),
                channel.frameMax());
    }

    /// Sends the answer to a get.
    ///
    /// @param delivery with bytes of its own
    /// @param note what it says beside the message
    /// @param ready messages left
    void got(Delivery delivery, boolean noAck, Deliveries.Note note, long ready) {
        long tag = ++lastTag;
        if (!noAck) {
            unacked.add(new Unacked.Entry(tag, delivery.with(NOTHING), false));
        }
        AmqpWriter.getOk(
                channel.connection().output().buffer(),
                channel.number(),
                new DeliveryHead(NO_TAG, tag, delivery.redelivered()),
                ready,
                new Fragments(deliveries.content(delivery, note), channel.frameMax()));
    }

    void sendHeld() {
        held.removeIf(next -> {
            boolean sent = takes(next.consumer());
            if (sent) {
                send(next.consumer(), next.delivery());
            }
            return sent;
        });
    }

    /// Takes out what is held for a consumer, or for any if null.
    List<Delivery> takeHeld(@Nullable AmqpConsumer consumer) {
        List<Delivery> taken = new ArrayList<>();
        held.removeIf(waiting -> {
            boolean its = consumer == null || waiting.consumer() == consumer;
            if (its) {
                taken.add(waiting.delivery());
            }
            return its;
        });
        return taken;
    }
}
