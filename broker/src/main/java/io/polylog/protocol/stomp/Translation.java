package io.polylog.protocol.stomp;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What was stored, as STOMP's: as it is, or through the neutral message. Confined to one loop.
final class Translation {
    private final Map<Byte, MessageCodec> codecs;

    // The batch opened last: it is delivered message by message, and opened once.
    private @Nullable Delivery opened;
    private List<Message> messages = List.of();

    Translation(Map<Byte, MessageCodec> codecs) {
        this.codecs = codecs;
    }

    /// One message.
    ///
    /// @param destination where a message of another protocol seems to have been sent
    StompContent content(Content content, String destination) {
        return content.encoding() == StompMapping.ENCODING
                ? StompContent.wrap(content.bytes())
                : translated(open(content).getFirst(), destination);
    }

    /// A delivery, valid until the loop's turn is over.
    ///
    /// @param destination as above
    StompContent content(Delivery delivery, String destination) {
        if (!delivery.batch()) {
            return content(delivery.content(), destination);
        }
        if (!isOpened(delivery)) {
            Content content = delivery.content();
            ByteBuffer bytes = ByteBuffer.allocate(content.bytes().remaining());
            bytes.put(content.bytes().duplicate()).flip();
            Content copy = new Content(content.encoding(), content.envelope(), bytes);
            messages = open(copy);
            opened = delivery.with(copy);
        }
        return translated(messages.get(delivery.indexInRecord()), destination);
    }

    private List<Message> open(Content content) {
        MessageCodec codec = codecs.get(content.encoding());
        if (codec == null) {
            throw new IllegalStateException("no codec for encoding " + content.encoding());
        }
        return codec.open(content.bytes());
    }

    private static StompContent translated(Message message, String destination) {
        return StompContent.wrap(StompMapping.stored(message, destination));
    }

    private boolean isOpened(Delivery delivery) {
        return opened != null
                && opened.topic().equals(delivery.topic())
                && opened.partition() == delivery.partition()
                && opened.offset() - opened.indexInRecord()
                        == delivery.offset() - delivery.indexInRecord();
    }
}
