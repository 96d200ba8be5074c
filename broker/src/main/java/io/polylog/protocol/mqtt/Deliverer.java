package io.polylog.protocol.mqtt;

import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.protocol.mqtt.MqttWriter.Head;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes a PUBLISH of a message: by which of the client's subscriptions, at which QoS, how long it
/// is still of use, under which alias. On the connection's loop.
final class Deliverer {
    private static final int MS_PER_SECOND = 1000;

    private final ClientSession session;
    private final MqttConnection connection;
    private final DeliveredMessages others;
    private final MqttContent wrapped = new MqttContent();
    private final Map<String, Integer> aliases = new HashMap<>(0);

    // The message at hand.
    private MqttContent message = wrapped;
    private String topic = "";
    private int granted;
    private boolean retain;
    private boolean plain;
    private long expirySeconds;
    private final List<Integer> identifiers = new ArrayList<>(0);

    Deliverer(ClientSession session, MqttConnection connection) {
        this.session = session;
        this.connection = connection;
        others = new DeliveredMessages(session.node().seams().codecs());
    }

    // Looking at a message -----------------------------------------------------------------------

    /// Looks at a delivery; gives its QoS, or -1 where it is not for this client, or not any more.
    ///
    /// @param only of a shared subscription, its filter
    int prepare(Delivery delivery, @Nullable Filter only) {
        message = wrapped.wrap(stored(delivery));
        topic = message.topic();
        expirySeconds = left(message, delivery.timeMs());
        boolean wanted = expirySeconds != 0 && (only == null ? match() : match(List.of(only)));
        return wanted ? Math.min(granted, message.qos()) : -1;
    }

    /// By those that are the session's alone.
    private boolean match() {
        return match(session.subscriptions().own());
    }

    private ByteBuffer stored(Delivery delivery) {
        Content content = delivery.content();
        if (content.encoding() == MqttMapping.ENCODING) {
            return content.bytes();
        }
        return MqttMapping.stored(others.message(delivery), delivery.topic().name());
    }

    /// What is left of the time a message is of use: 0 for nothing, -1 for no end.
    private long left(MqttContent of, long timeMs) {
        long seconds = of.expirySeconds();
        if (seconds <= 0) {
            return seconds < 0 ? -1 : 1; // sent at once, or not at all
        }
        long waitedMs = session.node().seams().wallMs().getAsLong() - timeMs;
        return Math.max(0, seconds - Math.max(0, waitedMs) / MS_PER_SECOND);
    }

    /// Looks at a message that is heard live; gives its QoS, or -1 where it is not for this client,
    /// or not any more, or comes by its queue.
    int prepare(LiveShape heard) {
        message = heard.message;
        topic = heard.topic;
        expirySeconds = left(message, heard.timeMs);
        boolean wanted = expirySeconds != 0 && match();
        boolean queued = granted > 0 && session.isDurable();
        return wanted && !queued ? Math.min(granted, message.qos()) : -1;
    }

    private boolean match(List<Filter> filters) {
        identifiers.clear();
        granted = -1;
        plain = true;
        boolean asPublished = false;
        for (Filter filter : filters) {
            if (filter.matches(topic) && !(filter.noLocal() && isOwn())) {
                granted = Math.max(granted, filter.qos());
                asPublished |= filter.retainAsPublished();
                if (filter.identifier() > 0) {
                    identifiers.add(filter.identifier());
                }
            }
        }
        retain = message.isKept() || (asPublished && message.isRetain());
        plain = identifiers.isEmpty() && !retain;
        return granted >= 0;
    }

    private boolean isOwn() {
        return !message.isKept() && message.client().equals(session.key().clientId());
    }

    // Writing ------------------------------------------------------------------------------------

    /// Writes the message at hand; tells whether the client takes one as large.
    boolean write(int qos, int packetId, boolean again) {
        Integer known = aliases.get(topic);
        int alias = known == null ? newAlias() : known;
        Head head =
                new Head(
                        again && qos > 0,
                        qos,
                        retain,
                        packetId,
                        expirySeconds,
                        alias,
                        known != null,
                        identifiers);
        boolean written =
                MqttWriter.publish(
                        connection.output().buffer(),
                        connection.version(),
                        head,
                        message,
                        session.mostPacketBytes());
        if (written) {
            session.node().sent().increment();
        }
        if (written && alias > 0 && known == null) {
            aliases.put(topic, alias);
        }
        return written;
    }

    /// Writes the live message at hand.
    void write(LiveShape heard) {
        if (plain && session.topicAliases() == 0) {
            byte[] packet = heard.packet(connection.version());
            if (packet.length <= session.mostPacketBytes()) {
                connection.output().buffer().writeBytes(packet);
                session.node().sent().increment();
            }
        } else {
            write(0, 0, false);
        }
    }

    /// Sends a message at QoS 0 to whichever filters it fits.
    void say(ByteBuffer stored) {
        say(stored, session.subscriptions().own());
    }

    /// Sends a message at QoS 0 for one filter.
    void say(ByteBuffer stored, Filter filter) {
        say(stored, List.of(filter));
    }

    private void say(ByteBuffer stored, List<Filter> filters) {
        message = wrapped.wrap(stored);
        topic = message.topic();
        expirySeconds = message.expirySeconds();
        if (match(filters)) {
            write(0, 0, false);
        }
    }

    /// The next alias, or 0 when the client takes no more.
    private int newAlias() {
        return aliases.size() < session.topicAliases() ? aliases.size() + 1 : 0;
    }
}
