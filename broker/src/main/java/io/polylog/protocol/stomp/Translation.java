package io.polylog.protocol.stomp;

import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Trail;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.util.Map;

/// What was stored, as STOMP's: as it is, or through the neutral message. Confined to one loop.
final class Translation {
    private final DeliveredMessages others;

    Translation(Map<Byte, MessageCodec> codecs) {
        others = new DeliveredMessages(codecs);
    }

    /// One message.
    ///
    /// @param destination where a message of another protocol seems to have been sent
    StompContent content(Content content, String destination) {
        return content.encoding() == StompMapping.ENCODING
                ? StompContent.wrap(content.bytes())
                : translated(others.open(content).getFirst(), destination);
    }

    /// A delivery, valid until the loop's turn is over. A dead letter tells its way.
    ///
    /// @param destination as above
    StompContent content(Delivery delivery, String destination) {
        StompContent content =
                delivery.content().encoding() == StompMapping.ENCODING
                        ? StompContent.wrap(delivery.content().bytes())
                        : translated(others.message(delivery), destination);
        Trail trail = delivery.content().envelope().trail();
        return trail == null || trail.deaths().isEmpty()
                ? content
                : DeathHeaders.added(content, trail);
    }

    private static StompContent translated(Message message, String destination) {
        return StompContent.wrap(StompMapping.stored(message, destination));
    }
}
