package io.polylog.protocol.mqtt;

import io.polylog.broker.Session;
import io.polylog.message.TopicName;
import io.polylog.protocol.mqtt.Claims.Claim;
import io.polylog.protocol.mqtt.MqttFrame.*;
import io.polylog.security.Operation;
import io.polylog.security.Principal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A client that is connected: what it publishes, what it is sent and what it subscribes to, and
/// what is remembered of that. On the connection's loop.
final class ClientSession {
    private static final int RECEIVE_MAXIMUM = 0xffff;

    private final MqttConnection connection;
    private final Session core;
    private final Claim claim;
    private final Connect asked;
    private final Principal user;
    private final long mostPacketBytes;
    private final int topicAliases;
    private final Marks marks;
    private final Incoming incoming;
    private final Outgoing outgoing;
    private final Subscriptions subscriptions;

    /// What is written of it, or null where nothing is.
    private @Nullable SessionRecord record;

    /// Whether it outlives a crash.
    private boolean durable;

    ClientSession(
            MqttConnection connection, Session core, Claim claim, Connect asked, Principal user) {
        this.connection = connection;
        this.core = core;
        this.claim = claim;
        this.asked = asked;
        this.user = user;
        mostPacketBytes = limit(Properties.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE);
        topicAliases =
                (int)
                        Math.min(
                                limit(Properties.TOPIC_ALIAS_MAXIMUM, 0),
                                connection.node().settings().topicAliases());
        marks = new Marks(core, connection, key().marks());
        subscriptions = new Subscriptions(this, connection);
        incoming = new Incoming(this, connection);
        int most = (int) limit(Properties.RECEIVE_MAXIMUM, RECEIVE_MAXIMUM);
        outgoing = new Outgoing(this, connection, most);
    }

    /// Whether its client wants to be told why, in a packet that takes so many bytes at most.
    boolean isToldWhy(int packetBytes) {
        return isV5()
                && limit(Properties.REQUEST_PROBLEM_INFORMATION, 1) != 0
                && packetBytes <= mostPacketBytes;
    }

    private long limit(int property, long otherwise) {
        return asked.properties().number(property, otherwise);
    }

    // What its parts use -------------------------------------------------------------------------

    ClientKey key() {
        return claim.key();
    }

    Session core() {
        return core;
    }

    /// Whether its user may do something to what has that name.
    boolean may(Operation operation, String name) {
        return node().seams().permissions().allow(user, operation, key().namespace(), name);
    }

    MqttNode node() {
        return connection.node();
    }

    boolean isV5() {
        return asked.version() == MqttFrame.V5;
    }

    /// Whether its queues and marks outlive its connection.
    boolean isDurable() {
        return durable;
    }

    Marks marks() {
        return marks;
    }

    Outgoing outgoing() {
        return outgoing;
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    /// Largest packet that the client takes.
    long mostPacketBytes() {
        return mostPacketBytes;
    }

    /// How many aliases the client takes.
    int topicAliases() {
        return topicAliases;
    }

    // Beginning ----------------------------------------------------------------------------------

    /// Finds the session that the client had, or makes one; tells whether there was one.
    CompletionStage<Boolean> begin() {
        SessionRecord before = node().store().find(key());
        boolean present = before != null && !asked.cleanStart() && isAlive(before);
        long expiry = expirySeconds();
        durable = present || expiry > 0;
        List<Filter> filters = present && before != null ? before.filters() : List.of();
        CompletionStage<@Nullable Void> ready = Stages.DONE;
        if (before != null) {
            ready = present ? subscriptions.restore(filters) : replace(before);
        }
        return ready.thenCompose(
                        _ -> {
                            if (durable || asked.will() != null) {
                                record =
                                        new SessionRecord(
                                                key(),
                                                user.name(),
                                                expiry,
                                                0,
                                                filters,
                                                asked.will());
                                return node().store().write(core, record);
                            }
                            return Stages.DONE;
                        })
                .thenApply(_ -> present);
    }

    private boolean isAlive(SessionRecord before) {
        return before.isKept() && before.endsAtMs() > node().home().wallMs();
    }

    /// How long the session stays when its connection has gone.
    private long expirySeconds() {
        return isV5()
                ? limit(Properties.SESSION_EXPIRY, 0)
                : asked.cleanStart() ? 0 : SessionRecord.NEVER;
    }

    /// The session that there was ends now.
    private CompletionStage<@Nullable Void> replace(SessionRecord before) {
        Home home = node().home();
        return home.ask(
                () -> home.publishWill(before).thenCompose(_ -> home.discard(before)),
                connection.tasks());
    }

    /// CONNECT is answered.
    void opened() {
        outgoing.open();
    }

    // End ----------------------------------------------------------------------------------------

    /// The connection did not come about.
    void abandon() {
        end("it was lost before it began", true);
    }

    /// @param abnormal whether its will is to be published
    void end(String why, boolean abnormal) {
        incoming.handOver();
        outgoing.turn();
        node().sys().leave(this);
        outgoing.close();
        core.close("connection " + connection.client() + " ended: " + why);
        SessionRecord mine = record;
        if (mine == null) {
            leaveGroups();
            claim.release();
            return;
        }
        SessionRecord after = mine.disconnected(node().home().wallMs());
        Home home = node().home();
        SessionRecord left = abnormal ? after : after.with((Will) null);
        home.execute(() ->
                home.disconnected(left)
                        .whenComplete((_, _) -> {
                            claim.release();
                            home.wait(left.key());
                        }));
    }

    private void leaveGroups() {
        for (Filter filter : subscriptions.filters()) {
            if (filter.isShared()) {
                TopicName queue = SharedGroups.queue(key().namespace(), filter);
                if (node().groups().leave(queue, key())) {
                    node().home().execute(() -> node().home().delete(queue));
                }
            }
        }
    }

    private void disconnect(Disconnect packet) {
        SessionRecord mine = record;
        if (packet.expirySeconds() >= 0 && mine != null) {
            if (!mine.isKept() && packet.expirySeconds() > 0) {
                throw MqttException.protocol("a session expiry where there was none");
            }
            record = mine.expiring(packet.expirySeconds());
        }
        connection.goodbye(packet.code() == ReasonCode.DISCONNECT_WITH_WILL);
    }

    // What is remembered -------------------------------------------------------------------------

    /// Remembers what it subscribes to now; completes when that is durable, where it has to be.
    CompletionStage<@Nullable Void> remember(List<Filter> filters) {
        SessionRecord mine = record;
        if (mine == null) {
            return Stages.DONE;
        }
        record = mine.with(filters);
        return durable ? node().store().write(core, mine.with(filters)) : Stages.DONE;
    }

    // Packets ------------------------------------------------------------------------------------

    void frame(MqttFrame frame) {
        switch (frame) {
            case Publish publish -> incoming.publish(publish);
            case Ack ack -> ack(ack);
            case Subscribe subscribe -> {
                incoming.handOver();
                subscriptions.subscribe(subscribe);
            }
            case Unsubscribe unsubscribe -> {
                incoming.handOver();
                subscriptions.unsubscribe(unsubscribe);
            }
            case Pingreq ping -> MqttWriter.pingresp(connection.output().buffer());
            case Disconnect disconnect -> disconnect(disconnect);
            case Connect second -> throw MqttException.protocol("a second CONNECT");
            case Auth auth ->
                    throw new MqttException(
                            ReasonCode.BAD_AUTHENTICATION_METHOD, "no authentication was begun");
        }
    }

    private void ack(Ack ack) {
        switch (ack.type()) {
            case MqttCodec.PUBACK -> outgoing.puback(ack.packetId());
            case MqttCodec.PUBREC -> outgoing.pubrec(ack.packetId(), ack.code());
            case MqttCodec.PUBREL -> incoming.pubrel(ack.packetId());
            default -> outgoing.pubcomp(ack.packetId());
        }
    }

    /// The end of a read or of a round of answers.
    void turn() {
        incoming.handOver();
        outgoing.turn();
    }

    /// The client takes more.
    void resume() {
        outgoing.resume();
        subscriptions.resume();
    }

    /// What the broker says of itself.
    ///
    /// @param facts as stored messages
    void said(List<ByteBuffer> facts) {
        if (!connection.isEnded() && connection.output().writable()) {
            facts.forEach(outgoing.deliverer()::say);
        }
    }

    void whenAllDecided(Runnable then) {
        incoming.whenAllDecided(then);
    }

    /// Runs a task on its loop. Any thread.
    void execute(Runnable task) {
        connection.tasks().post(task);
    }
}
