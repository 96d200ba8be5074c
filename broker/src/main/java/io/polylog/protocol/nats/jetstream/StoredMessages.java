package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.Publication.Content;
import io.polylog.message.MessageCodec;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsMapping;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Opens what a stream holds, whatever protocol published it. Any thread.
///
/// @param codecs by encoding
record StoredMessages(Map<Byte, MessageCodec> codecs) {
    /// A message as NATS has it.
    ///
    /// @param fallback the subject where it says none
    NatsContent open(Content content, String fallback) {
        if (content.encoding() == NatsMapping.ENCODING) {
            return NatsContent.wrap(content.bytes());
        }
        @Nullable MessageCodec codec = codecs.get(content.encoding());
        if (codec == null) {
            return NatsContent.wrap(
                    NatsContent.of(fallback, "", new byte[0], ByteBuffer.allocate(0)));
        }
        return NatsContent.wrap(
                NatsMapping.stored(codec.open(content.bytes()).getFirst(), fallback));
    }
}
