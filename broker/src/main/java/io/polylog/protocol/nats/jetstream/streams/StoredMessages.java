package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsMapping;
import java.util.List;
import java.util.Map;

/// Opens what a stream holds, whatever protocol published it. On the home loop.
public final class StoredMessages {
    private final DeliveredMessages others;

    /// @param codecs of other protocols, by encoding
    public StoredMessages(Map<Byte, MessageCodec> codecs) {
        others = new DeliveredMessages(codecs);
    }

    /// The messages of what is stored together, as NATS has them.
    ///
    /// @param fallback the subject where one says none
    public List<NatsContent> open(Content content, String fallback) {
        return isNats(content)
                ? List.of(NatsContent.wrap(content.bytes()))
                : others.open(content).stream().map(message -> nats(message, fallback)).toList();
    }

    /// The message of a delivery, as NATS has it.
    ///
    /// @param fallback the subject where it says none
    public NatsContent open(Delivery delivery, String fallback) {
        return isNats(delivery.content())
                ? NatsContent.wrap(delivery.content().bytes())
                : nats(others.message(delivery), fallback);
    }

    private static boolean isNats(Content content) {
        return content.encoding() == NatsMapping.ENCODING;
    }

    private static NatsContent nats(Message message, String fallback) {
        return NatsContent.wrap(NatsMapping.stored(message, fallback));
    }
}
