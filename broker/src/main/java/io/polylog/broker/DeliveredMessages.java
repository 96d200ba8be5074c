package io.polylog.broker;

import io.polylog.broker.Publication.Content;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The neutral messages of what other protocols wrote. A batch is delivered message by message, and
/// opened once. Confined to one loop.
public final class DeliveredMessages {
    private final Map<Byte, MessageCodec> codecs;

    // The batch opened last, with bytes of its own.
    private @Nullable Delivery opened;
    private List<Message> messages = List.of();

    /// @param codecs by the encodings that they open
    public DeliveredMessages(Map<Byte, MessageCodec> codecs) {
        this.codecs = codecs;
    }

    /// The message of a delivery; valid as long as the delivery's bytes where it is no batch.
    public Message message(Delivery delivery) {
        if (!delivery.batch()) {
            return open(delivery.content()).get(delivery.indexInRecord());
        }
        if (!isOpened(delivery)) {
            Delivery kept = delivery.copied();
            messages = open(kept.content());
            opened = kept;
        }
        return messages.get(delivery.indexInRecord());
    }

    /// The messages of what is stored together.
    public List<Message> open(Content content) {
        MessageCodec codec = codecs.get(content.encoding());
        if (codec == null) {
            throw new IllegalStateException("no codec for stored encoding " + content.encoding());
        }
        return codec.open(content.bytes());
    }

    private boolean isOpened(Delivery delivery) {
        return opened != null
                && opened.topic().equals(delivery.topic())
                && opened.partition() == delivery.partition()
                && opened.subscription() == delivery.subscription()
                && opened.offset() - opened.indexInRecord()
                        == delivery.offset() - delivery.indexInRecord();
    }
}
