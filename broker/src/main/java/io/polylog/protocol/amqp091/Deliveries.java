package io.polylog.protocol.amqp091;

import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Delivery;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Origin;
import io.polylog.message.Message;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The AMQP content of a delivery: as it is stored where an AMQP client wrote it, else translated
/// from what another protocol wrote. On the connection's loop.
final class Deliveries {
    /// What a delivery says beside the message, in a header.
    enum Note {
        NOTHING,
        /// A redelivery of a quorum queue: how often it was delivered before.
        ATTEMPTS,
        /// Of a stream: where it lies.
        OFFSET
    }

    private static final String DELIVERY_COUNT = "x-delivery-count";
    private static final String ACQUIRED_COUNT = "x-acquired-count";
    private static final String OFFSET = "x-stream-offset";

    private final OpenConnection connection;

    private final DeliveredMessages others;

    Deliveries(OpenConnection connection) {
        this.connection = connection;
        others = new DeliveredMessages(connection.seams().codecs());
    }

    /// Valid until the next call on this connection.
    AmqpContent content(Delivery delivery, Note note) {
        AmqpContent content = content(delivery);
        Trail trail = delivery.content().envelope().trail();
        if (trail != null && !trail.isPlain()) {
            byte[] list = DeathHeaders.list(properties(content), trail);
            Origin origin = trail.origin();
            content.wrap(content.with(origin.exchange(), origin.keys().getFirst(), list));
        }
        return switch (note) {
            case NOTHING -> content;
            case ATTEMPTS ->
                    delivery.attempt() == 0 ? content : with(content, counts(delivery.attempt()));
            case OFFSET -> with(content, Map.of(OFFSET, delivery.offset()));
        };
    }

    /// Here every delivery that came back counts, so the two are one number.
    private static Map<String, @Nullable Object> counts(long attempt) {
        return Map.of(DELIVERY_COUNT, attempt, ACQUIRED_COUNT, attempt);
    }

    private AmqpContent with(AmqpContent content, Map<String, @Nullable Object> more) {
        byte[] list = properties(content).withHeaders(more);
        return content.wrap(content.withProperties(list));
    }

    private AmqpProperties properties(AmqpContent content) {
        AmqpProperties properties = connection.properties();
        byte[] list = content.properties();
        properties.scan(list, 0, list.length);
        return properties;
    }

    /// Its headers by name.
    Map<String, @Nullable Object> headers(Delivery delivery) {
        return properties(content(delivery)).headers();
    }

    private AmqpContent content(Delivery delivery) {
        if (delivery.content().encoding() == AmqpMapping.ENCODING) {
            return connection.content().wrap(delivery.content().bytes());
        }
        Message message = others.message(delivery);
        return connection.content().wrap(AmqpMapping.stored(message, delivery.topic().name()));
    }
}
