package io.polylog.protocol.mqtt;

import io.polylog.broker.Live;
import io.polylog.broker.LiveListener;
import io.polylog.broker.LiveMessage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What a client hears as it is published: at QoS 0, as far as its socket takes it; and, where its
/// session ends with its connection anyway, at any QoS. On the connection's loop.
final class LiveFeed implements LiveListener {
    private final ClientSession session;
    private final MqttConnection connection;
    private final Function<LiveMessage, LiveShape> shape;
    private @Nullable Live live;

    LiveFeed(ClientSession session, MqttConnection connection) {
        this.session = session;
        this.connection = connection;
        var codecs = connection.node().seams().codecs();
        shape = heard -> new LiveShape(heard, codecs);
    }

    /// @throws io.polylog.broker.BrokerException if it may not
    void add(Filter filter) {
        if (live == null) {
            live = session.core().listen(session.key().namespace(), this);
        }
        live.add(filter.pattern());
    }

    void remove(Filter filter) {
        if (live != null) {
            live.remove(filter.pattern());
        }
    }

    @Override
    public void heard(LiveMessage message) {
        if (connection.isEnded()) {
            return;
        }
        LiveShape shaped;
        try {
            shaped = message.shaped(LiveShape.class, shape);
        } catch (IllegalArgumentException unreadable) {
            return;
        }
        int qos = session.outgoing().deliverer().prepare(shaped);
        if (qos >= 0) {
            session.outgoing().take(shaped, qos);
        }
    }

    @Override
    public void through() {
        // Everything of a round goes out at its end.
    }
}
