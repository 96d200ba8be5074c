package io.polylog.protocol.mqtt;

import io.netty.util.collection.IntObjectHashMap;
import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Settlement;
import io.polylog.broker.SharedCredit;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.message.TopicName;
import io.polylog.net.Backlog;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// What a client is sent and has to acknowledge: at most as much at once as it takes, from its
/// queues under a packet id made of the offset, and what a session that ends with its connection
/// hears live, from memory. On the connection's loop.
final class Outgoing {
    /// What is kept of a message that was sent.
    static final Content NOTHING =
            new Content(MqttMapping.ENCODING, Envelope.PLAIN, ByteBuffer.allocate(0));

    /// Packet ids go from 1 to this.
    private static final int PACKET_IDS = 0xffff;

    /// Most under way to a client, whatever it says.
    private static final int MOST_UNDER_WAY = 4096;

    private final ClientSession session;
    private final MqttConnection connection;
    private final Deliverer deliverer;
    private final int most;
    private final SharedCredit credit;
    private final Map<TopicName, Queue> queues = new HashMap<>(1);
    private final IntObjectHashMap<InFlight> inFlight = new IntObjectHashMap<>(2);

    /// Deliveries that wait for their packet id, or for room.
    private final Deque<Held> held = new ArrayDeque<>(0);

    /// Heard live, and waits for room.
    private final Backlog<LiveShape> backlog;

    private int lastId;
    private boolean opened;
    private List<Delivery> settled = new ArrayList<>(0);
    private List<Integer> releasing = new ArrayList<>(0);

    /// Sent, and the exchange is not over.
    private static final class InFlight {
        final int qos;

        /// Null where it was heard live, and once it is settled: the client has it, and says so
        /// once more.
        @Nullable Delivery delivery;

        boolean released;

        InFlight(int qos, @Nullable Delivery delivery, boolean released) {
            this.qos = qos;
            this.delivery = delivery;
            this.released = released;
        }
    }

    private record Held(Queue queue, Delivery delivery) {}

    Outgoing(ClientSession session, MqttConnection connection, int receiveMaximum) {
        this.session = session;
        this.connection = connection;
        deliverer = new Deliverer(session, connection);
        most = Math.min(receiveMaximum, MOST_UNDER_WAY);
        backlog = new Backlog<>(session.node().waiting(), heard -> heard.message.payloadLength());
        credit = session.core().sharedCredit();
        credit.limit(most);
    }

    Deliverer deliverer() {
        return deliverer;
    }

    // Queues -------------------------------------------------------------------------------------

    /// Takes part in a queue from now on, or on other terms.
    ///
    /// @param only of a shared subscription, the filter that it belongs to; else null
    CompletionStage<@Nullable Void> consume(TopicName name, @Nullable Filter only) {
        Queue there = queues.get(name);
        if (there != null) {
            there.only = only;
            return Stages.DONE;
        }
        Queue fed = new Queue(only);
        queues.put(name, fed);
        ConsumeSpec spec =
                new ConsumeSpec(
                        new SubscriptionRef(name, ""),
                        false,
                        false,
                        0,
                        MOST_UNDER_WAY,
                        ConsumeSpec.Start.Edge.NEXT,
                        credit);
        return session.core().consume(spec, fed).thenAccept(consumer -> fed.consumer = consumer);
    }

    CompletionStage<@Nullable Void> leave(TopicName name) {
        Queue left = queues.remove(name);
        if (left == null || left.consumer == null) {
            return Stages.DONE;
        }
        left.gone = true;
        return Stages.end(left.consumer.close());
    }

    /// The deliveries of one queue.
    private final class Queue implements DeliveryListener {
        private @Nullable Filter only;
        private @Nullable Consumer consumer;
        private boolean stopped;
        private boolean gone;

        Queue(@Nullable Filter only) {
            this.only = only;
        }

        @Override
        public boolean deliver(Delivery delivery) {
            boolean more = !connection.isEnded() && !gone && send(this, delivery);
            stopped = !more;
            return more;
        }

        void resume() {
            if (stopped && consumer != null) {
                stopped = false;
                consumer.resume();
            }
        }

        /// Those of shared subscriptions count down, so that they meet the others late.
        int packetId(long offset) {
            int place = (int) (offset % PACKET_IDS);
            return only == null ? place + 1 : PACKET_IDS - place;
        }

        @Override
        public void paused() {
            // Everything of a round goes out at its end, whoever paused.
        }

        @Override
        public void cancelled() {
            if (!gone) {
                connection.fail(
                        new MqttException(
                                ReasonCode.ADMINISTRATIVE_ACTION, "its queue was removed"));
            }
        }

        @Override
        public void failed(BrokerException why) {
            connection.broken(why);
        }
    }

    // Sending ------------------------------------------------------------------------------------

    /// Sends a delivery, keeps it for later, or settles it where it is not for this client.
    ///
    /// @return whether more may come
    private boolean send(Queue queue, Delivery delivery) {
        if (!opened || !held.isEmpty()) {
            held.add(new Held(queue, delivery.copied()));
            return false;
        }
        return sendNow(queue, delivery) && connection.output().writable();
    }

    /// @return false where it has to wait
    private boolean sendNow(Queue queue, Delivery delivery) {
        int qos = deliverer.prepare(delivery, queue.only);
        int id = qos > 0 ? queue.packetId(delivery.offset()) : 0;
        if (id > 0 && (inFlight.size() >= most || inFlight.containsKey(id))) {
            held.addFirst(new Held(queue, delivery.copied()));
            return false;
        }
        boolean sent = qos >= 0 && deliverer.write(qos, id, delivery.redelivered());
        if (sent && qos > 0) {
            inFlight.put(id, new InFlight(qos, delivery.with(NOTHING), false));
        } else {
            settle(delivery);
        }
        return true;
    }

    /// Sends what is heard live, or keeps it until there is room. Where there is none for more,
    /// what came at QoS 0 is lost, and who must not lose anything is disconnected.
    ///
    /// @param qos of the message at hand
    void take(LiveShape heard, int qos) {
        boolean room = connection.output().writable() && (qos == 0 || inFlight.size() < most);
        if (opened && backlog.isEmpty() && room) {
            sendLive(heard, qos);
        } else if (!backlog.add(heard)) {
            tooMuch(qos);
        }
    }

    private void tooMuch(int qos) {
        if (qos == 0) {
            session.node().lost().increment();
        } else {
            connection.fail(
                    new MqttException(
                            ReasonCode.QUOTA_EXCEEDED, "it does not take what it subscribed to"));
        }
    }

    private void sendLive(LiveShape heard, int qos) {
        if (qos == 0) {
            deliverer.write(heard);
            return;
        }
        do {
            lastId = lastId % PACKET_IDS + 1;
        } while (inFlight.containsKey(lastId));
        if (deliverer.write(qos, lastId, false)) {
            inFlight.put(lastId, new InFlight(qos, null, false));
        }
    }

    private void sendBacklog() {
        while (opened
                && !backlog.isEmpty()
                && inFlight.size() < most
                && connection.output().writable()) {
            LiveShape next = Objects.requireNonNull(backlog.poll());
            int qos = deliverer.prepare(next);
            if (qos >= 0) {
                sendLive(next, qos);
            }
        }
    }

    void resume() {
        while (opened && !held.isEmpty() && connection.output().writable()) {
            Held next = held.removeFirst();
            if (!sendNow(next.queue, next.delivery)) {
                return;
            }
        }
        if (held.isEmpty()) {
            queues.values().forEach(Queue::resume);
        }
        sendBacklog();
    }

    // Acknowledgements ---------------------------------------------------------------------------

    void puback(int packetId) {
        InFlight acknowledged = inFlight.get(packetId);
        if (acknowledged != null && acknowledged.qos == 1) {
            over(packetId, acknowledged);
        }
    }

    private void over(int packetId, InFlight done) {
        inFlight.remove(packetId);
        if (done.delivery != null) {
            settle(done.delivery);
        }
        if (!held.isEmpty()) {
            resume();
        }
        sendBacklog();
    }

    private void settle(Delivery delivery) {
        settled.add(delivery.with(NOTHING));
        connection.output().askTurn();
    }

    /// The client has a message of QoS 2, or does not want it.
    void pubrec(int packetId, int code) {
        InFlight received = inFlight.get(packetId);
        if (received == null || received.qos != 2) {
            pubrel(packetId, ReasonCode.PACKET_ID_NOT_FOUND);
        } else if (ReasonCode.isError(code)) {
            over(packetId, received);
        } else if (received.released) {
            pubrel(packetId, ReasonCode.SUCCESS);
        } else if (!releasing.contains(packetId)) {
            releasing.add(packetId);
            connection.output().askTurn();
        }
    }

    private void pubrel(int packetId, int code) {
        MqttWriter.ack(
                connection.output().buffer(),
                connection.version(),
                MqttCodec.PUBREL,
                packetId,
                code);
    }

    void pubcomp(int packetId) {
        InFlight completed = inFlight.get(packetId);
        if (completed != null && completed.released) {
            if (session.isDurable()) {
                session.marks().clear(Marks.RELEASED, packetId);
            }
            over(packetId, completed);
        }
    }

    /// The connection has ended.
    void close() {
        backlog.clear();
    }

    /// CONNECT is answered: now something may be sent. What was released before the last connection
    /// ended is released once more, before anything else.
    void open() {
        opened = true;
        for (int packetId : session.marks().ids(Marks.RELEASED)) {
            inFlight.put(packetId, new InFlight(2, null, true));
            pubrel(packetId, ReasonCode.SUCCESS);
        }
        resume();
    }

    boolean isOpen() {
        return opened;
    }

    /// Hands over the acknowledgements of this turn.
    void turn() {
        if (!releasing.isEmpty()) {
            List<Integer> now = releasing;
            releasing = new ArrayList<>(now.size());
            release(now);
        }
        if (!settled.isEmpty()) {
            List<Delivery> now = settled;
            settled = new ArrayList<>(now.size());
            session.core().settle(now, Settlement.ACCEPT, false);
        }
    }

    /// Settles what the client has, with a mark that it is to be released.
    private void release(List<Integer> packetIds) {
        if (!session.isDurable()) {
            packetIds.forEach(this::released);
            return;
        }
        List<Publication> marks = new ArrayList<>(packetIds.size());
        List<Settled> all = new ArrayList<>(packetIds.size());
        for (int packetId : packetIds) {
            marks.add(session.marks().of(Marks.RELEASED, packetId));
            Delivery delivery = Objects.requireNonNull(inFlight.get(packetId)).delivery;
            all.add(new Settled(Objects.requireNonNull(delivery), Settlement.ACCEPT));
        }
        session.core()
                .transact(new Transaction(marks, all))
                .whenComplete((_, failed) -> {
                    if (failed != null) {
                        connection.broken(failed);
                        return;
                    }
                    for (int packetId : packetIds) {
                        session.marks().set(Marks.RELEASED, packetId);
                        Objects.requireNonNull(inFlight.get(packetId)).delivery = null;
                        released(packetId);
                    }
                });
    }

    private void released(int packetId) {
        InFlight received = inFlight.get(packetId);
        if (received != null && !connection.isEnded()) {
            if (received.delivery != null) {
                settle(received.delivery);
                received.delivery = null;
            }
            received.released = true;
            pubrel(packetId, ReasonCode.SUCCESS);
        }
    }
}
