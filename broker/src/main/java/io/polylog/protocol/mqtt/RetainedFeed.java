package io.polylog.protocol.mqtt;

import io.polylog.broker.Publication;
import io.polylog.protocol.mqtt.Retained.Place;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is retained on its way to a new subscriber, in parts: what needs no acknowledgement to its
/// socket, the rest through the queue of a session that is kept. On the connection's loop.
final class RetainedFeed {
    private static final Logger log = LoggerFactory.getLogger(RetainedFeed.class);

    private final ClientSession session;
    private final MqttConnection connection;

    /// Waits for the socket.
    private final Deque<Left> waiting = new ArrayDeque<>(0);

    private record Left(Filter filter, List<Place> places) {}

    RetainedFeed(ClientSession session, MqttConnection connection) {
        this.session = session;
        this.connection = connection;
    }

    void send(Filter filter) {
        String namespace = session.key().namespace();
        Retained retained = session.node().retained();
        ask(() -> retained.matching(namespace, filter.topics()), filter);
    }

    private void ask(Supplier<CompletionStage<List<Place>>> question, Filter filter) {
        session.node()
                .home()
                .ask(question, connection.tasks())
                .whenComplete((places, failed) -> {
                    if (failed == null) {
                        next(new Left(filter, places));
                    } else {
                        log.error("{}: nothing retained is sent", connection.client(), failed);
                    }
                });
    }

    private void next(Left left) {
        if (left.places.isEmpty() || connection.isEnded()) {
            return;
        }
        if (!connection.output().writable()) {
            waiting.add(left);
            return;
        }
        String namespace = session.key().namespace();
        Retained retained = session.node().retained();
        session.node()
                .home()
                .ask(() -> retained.read(namespace, left.places), connection.tasks())
                .whenComplete((part, failed) -> {
                    if (failed == null) {
                        give(left.filter, part);
                    } else {
                        log.error("{}: nothing retained is sent", connection.client(), failed);
                    }
                });
    }

    private void give(Filter filter, Retained.Part part) {
        List<Publication> queued = new ArrayList<>();
        for (ByteBuffer message : part.messages()) {
            if (connection.isEnded()) {
                return;
            }
            MqttContent content = new MqttContent().wrap(message);
            if (Math.min(filter.qos(), content.qos()) == 0) {
                session.outgoing().deliverer().say(message, filter);
            } else if (!session.isDurable()) {
                hear(new LiveShape(message, session.node().home().wallMs()));
            } else {
                queued.add(
                        Messages.direct(
                                session.subscriptions().ownQueue(),
                                message,
                                content.expirySeconds()));
            }
        }
        Left left = new Left(filter, part.left());
        if (queued.isEmpty()) {
            next(left);
            return;
        }
        KeyedTopic.publish(session.core(), queued)
                .whenComplete((_, failed) -> {
                    if (failed != null) {
                        log.warn("{}: {}", connection.client(), failed.getMessage());
                    }
                    next(left);
                });
    }

    private void hear(LiveShape kept) {
        int qos = session.outgoing().deliverer().prepare(kept);
        if (qos > 0) {
            session.outgoing().take(kept, qos);
        }
    }

    /// The socket takes more.
    void resume() {
        if (!waiting.isEmpty()) {
            next(waiting.remove());
        }
    }
}
