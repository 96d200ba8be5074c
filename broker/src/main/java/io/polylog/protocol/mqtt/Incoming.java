package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.net.ReadGate.Reason;
import io.polylog.protocol.mqtt.MqttFrame.Publish;
import io.polylog.security.Operation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a client publishes: all of one socket read is handed to the core at once, and each is
/// acknowledged when it is decided. On the connection's loop.
final class Incoming {
    /// Of an answer without the text that it says.
    private static final int MOST_ACK_BYTES = 16;

    private static final int MOST_CHAR_BYTES = 3;

    /// Hand over earlier than at the end of a read when so much came in it.
    private static final int BATCH_BYTES = 256 << 10;

    private final ClientSession session;
    private final MqttConnection connection;
    private final byte[] clientId;
    private final Map<Integer, String> aliases = new HashMap<>(0);
    private IncomingBatch batch = new IncomingBatch(this, false);
    private final WholeBatches wholes;

    /// Of what was handed over; no message has none.
    private long undecidedBytes;

    /// Of QoS 1, not acknowledged yet.
    private int underWay;

    /// Packet ids of QoS 2 that came on this connection and are not over yet.
    private final Set<Integer> open = new HashSet<>(0);

    /// Of them, those that are not decided.
    private final Set<Integer> undecided = new HashSet<>(0);

    /// Of a session that ends with its connection: received and not released.
    private final Set<Integer> received = new HashSet<>(0);

    private @Nullable Runnable whenDecided;

    // The topic that came last: its subject, and whether it may be published to.
    private String lastTopic = "";
    private String lastSubject = "";
    private boolean lastAllowed;

    Incoming(ClientSession session, MqttConnection connection) {
        this.session = session;
        this.connection = connection;
        clientId = session.key().clientId().getBytes(UTF_8);
        wholes = new WholeBatches(session.core(), BATCH_BYTES);
    }

    // Messages -----------------------------------------------------------------------------------

    void publish(Publish message) {
        String topic = topic(message);
        if (message.qos() == 2 && isKnown(message.packetId())) {
            return;
        }
        requireRoom(message);
        if (!isReady(message)) {
            return;
        }
        session.node().received().increment();
        look(topic);
        if (!lastAllowed) {
            refuse(message);
            return;
        }
        add(message, topic);
        if (batch.bytes() >= BATCH_BYTES) {
            handOver();
        } else {
            connection.output().askTurn();
        }
    }

    private String topic(Publish message) {
        if (message.alias() == 0) {
            return message.topic();
        }
        if (message.alias() > session.node().settings().topicAliases()) {
            throw new MqttException(
                    ReasonCode.TOPIC_ALIAS_INVALID, "topic alias " + message.alias());
        }
        if (!message.topic().isEmpty()) {
            aliases.put(message.alias(), message.topic());
        }
        String topic = aliases.get(message.alias());
        if (topic == null) {
            throw new MqttException(
                    ReasonCode.TOPIC_ALIAS_INVALID, "unknown topic alias " + message.alias());
        }
        return topic;
    }

    /// Most clients publish to the same topic again.
    private void look(String topic) {
        if (!topic.equals(lastTopic)) {
            lastTopic = topic;
            lastSubject = TopicNames.subject(topic);
            lastAllowed =
                    Messages.isOpen(topic)
                            && session.may(Operation.WRITE, Messages.permitted(topic, lastSubject));
        }
    }

    private void requireRoom(Publish message) {
        int most = session.node().settings().receiveMaximum();
        if (session.isV5() && message.qos() > 0 && underWay + open.size() >= most) {
            throw new MqttException(
                    ReasonCode.RECEIVE_MAXIMUM_EXCEEDED,
                    "more than " + most + " messages without an acknowledgement");
        }
    }

    /// Whether what a message needs is there; if not, it comes again when it is.
    private boolean isReady(Publish message) {
        if (message.qos() == 2 && session.isDurable() && !session.marks().isOpen()) {
            handOver();
            connection.repeatAfter(session.marks().open());
            return false;
        }
        KeyedTopic retained = Retained.topic(session.key().namespace());
        if (message.retain() && !retained.isThere(session.core())) {
            handOver();
            connection.repeatAfter(retained.make(session.core()));
            return false;
        }
        return true;
    }

    /// Not permitted, or the broker's own.
    private void refuse(Publish message) {
        if (message.qos() > 0) {
            answer(message.packetId(), message.qos(), ReasonCode.NOT_AUTHORIZED);
        } else if (!session.isV5()) {
            throw new MqttException(ReasonCode.NOT_AUTHORIZED, "it may not publish there");
        }
    }

    private void add(Publish message, String topic) {
        boolean whole = message.qos() == 2 && session.isDurable();
        if (batch.isWhole() != whole) {
            handOver();
            batch = new IncomingBatch(this, whole);
        }
        Content content = content(message, topic);
        String namespace = session.key().namespace();
        if (message.retain()) {
            boolean empty = !message.payload().isReadable();
            Publication kept =
                    Retained.publication(
                            session.core().definitions(), namespace, topic, content, empty);
            if (kept != null) {
                batch.addBeside(kept);
            }
        }
        if (whole) {
            batch.addBeside(session.marks().of(Marks.RECEIVED, message.packetId()));
        }
        if (message.qos() == 2) {
            open.add(message.packetId());
            undecided.add(message.packetId());
        } else if (message.qos() == 1) {
            underWay++;
        }
        Address address = Messages.address(namespace, topic, lastSubject);
        batch.add(new Publication(address, content), message.packetId(), message.qos());
    }

    private Content content(Publish message, String topic) {
        int flags = message.qos() | (message.retain() ? MqttContent.RETAIN : 0);
        long expiry = message.expirySeconds();
        MqttContent.Head head =
                new MqttContent.Head(flags, clientId, topic, expiry, message.properties());
        return Messages.content(MqttContent.stored(head, message.payload()), expiry);
    }

    // Exactly once -------------------------------------------------------------------------------

    /// Whether a message of QoS 2 came before; then it is answered as before.
    private boolean isKnown(int packetId) {
        if (undecided.contains(packetId)) {
            return true;
        }
        boolean known =
                received.contains(packetId) || session.marks().has(Marks.RECEIVED, packetId);
        if (known) {
            write(MqttCodec.PUBREC, packetId, ReasonCode.SUCCESS);
        }
        return known;
    }

    void pubrel(int packetId) {
        open.remove(packetId);
        if (received.remove(packetId)) {
            write(MqttCodec.PUBCOMP, packetId, ReasonCode.SUCCESS);
        } else if (session.marks().has(Marks.RECEIVED, packetId)) {
            session.marks()
                    .clear(Marks.RECEIVED, packetId)
                    .whenComplete((_, failed) -> {
                        if (failed == null) {
                            write(MqttCodec.PUBCOMP, packetId, ReasonCode.SUCCESS);
                        } else {
                            connection.broken(failed);
                        }
                    });
        } else {
            write(MqttCodec.PUBCOMP, packetId, ReasonCode.PACKET_ID_NOT_FOUND);
        }
    }

    // Handing over -------------------------------------------------------------------------------

    /// Hands over what was collected, so that what follows comes after it.
    void handOver() {
        if (batch.size() > 0) {
            IncomingBatch full = batch;
            batch = new IncomingBatch(this, full.isWhole());
            undecidedBytes += full.bytes();
            pauseWhileMuchIsUndecided();
            if (full.isWhole()) {
                wholes.add(full);
            } else {
                session.core().publish(full.publications(), full);
            }
        }
    }

    /// A message is decided.
    ///
    /// @param qos 1 or 2
    /// @param problem why its body does not fit, where that is it
    void decided(Outcome outcome, int packetId, int qos, @Nullable String problem) {
        int code = MqttMapping.code(outcome);
        if (qos == 1) {
            underWay--;
        } else {
            received(packetId, code);
        }
        if (problem != null
                && !connection.isEnded()
                && session.isToldWhy(MOST_ACK_BYTES + problem.length() * MOST_CHAR_BYTES)) {
            int type = qos == 1 ? MqttCodec.PUBACK : MqttCodec.PUBREC;
            MqttWriter.ack(connection.output().buffer(), type, packetId, code, problem);
        } else {
            answer(packetId, qos, code);
        }
    }

    private void received(int packetId, int code) {
        undecided.remove(packetId);
        if (ReasonCode.isError(code)) {
            open.remove(packetId);
        } else if (session.isDurable()) {
            session.marks().set(Marks.RECEIVED, packetId);
        } else {
            received.add(packetId);
        }
    }

    private void answer(int packetId, int qos, int code) {
        if (ReasonCode.isError(code) && !session.isV5()) {
            connection.fail(new MqttException(code, "a message could not be stored"));
        } else {
            write(qos == 1 ? MqttCodec.PUBACK : MqttCodec.PUBREC, packetId, code);
        }
    }

    private void write(int type, int packetId, int code) {
        if (!connection.isEnded()) {
            MqttWriter.ack(
                    connection.output().buffer(), connection.version(), type, packetId, code);
        }
    }

    /// A batch is decided.
    void decided(IncomingBatch done) {
        undecidedBytes -= done.bytes();
        pauseWhileMuchIsUndecided();
        if (undecidedBytes == 0 && whenDecided != null) {
            Runnable then = whenDecided;
            whenDecided = null;
            then.run();
        }
    }

    private void pauseWhileMuchIsUndecided() {
        boolean much = undecidedBytes > session.node().settings().pendingBytes();
        connection.gate().set(Reason.UNDECIDED_PUBLISHES, much);
    }

    /// Hands over what was collected and goes on once all publishes are decided.
    void whenAllDecided(Runnable then) {
        handOver();
        if (undecidedBytes == 0) {
            then.run();
        } else {
            whenDecided = then;
        }
    }
}
