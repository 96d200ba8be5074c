package io.polylog.protocol.amqp091;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The AMQP content of a delivery: as it is stored where an AMQP client wrote it, else translated
/// from what another protocol wrote. On the connection's loop.
final class Deliveries {
    /// How often a message of a quorum queue was delivered without success.
    private static final String DELIVERY_COUNT = "x-delivery-count";

    private final OpenConnection connection;

    // The record opened last: a batch is delivered message by message, and opened once.
    private @Nullable Delivery opened;
    private List<Message> messages = List.of();

    Deliveries(OpenConnection connection) {
        this.connection = connection;
    }

    /// Valid until the next call on this connection.
    ///
    /// @param counted whether a redelivery says how many attempts there were
    AmqpContent content(Delivery delivery, boolean counted) {
        AmqpContent content = content(delivery);
        if (!counted || delivery.attempt() == 0) {
            return content;
        }
        AmqpProperties properties = connection.properties();
        byte[] list = content.properties();
        properties.scan(list, 0, list.length);
        return content.wrap(
                content.withProperties(properties.withHeader(DELIVERY_COUNT, delivery.attempt())));
    }

    private AmqpContent content(Delivery delivery) {
        if (delivery.content().encoding() == AmqpMapping.ENCODING) {
            return connection.content().wrap(delivery.content().bytes());
        }
        Message message = open(delivery).get(delivery.indexInRecord());
        return connection.content().wrap(AmqpMapping.stored(message, delivery.topic().name()));
    }

    private List<Message> open(Delivery delivery) {
        if (!isOpened(delivery)) {
            byte encoding = delivery.content().encoding();
            MessageCodec codec = connection.seams().codecs().get(encoding);
            if (codec == null) {
                throw new IllegalStateException("no codec for stored encoding " + encoding);
            }
            Delivery kept = delivery.batch() ? copy(delivery) : delivery;
            messages = codec.open(kept.content().bytes());
            opened = delivery.batch() ? kept : null;
        }
        return messages;
    }

    private boolean isOpened(Delivery delivery) {
        return opened != null
                && delivery.batch()
                && opened.topic().equals(delivery.topic())
                && opened.partition() == delivery.partition()
                && opened.subscription() == delivery.subscription()
                && opened.offset() - opened.indexInRecord()
                        == delivery.offset() - delivery.indexInRecord();
    }

    /// The same with bytes of its own, for later than this turn.
    static Delivery copy(Delivery delivery) {
        Content content = delivery.content();
        ByteBuffer bytes = ByteBuffer.allocate(content.bytes().remaining());
        bytes.put(content.bytes().duplicate()).flip();
        return delivery.with(new Content(content.encoding(), content.envelope(), bytes));
    }
}
