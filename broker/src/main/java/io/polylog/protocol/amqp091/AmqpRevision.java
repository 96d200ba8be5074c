package io.polylog.protocol.amqp091;

import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import io.polylog.message.Revision;
import io.polylog.protocol.amqp091.AmqpProperties.Property;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Changes stored messages of any protocol into AMQP ones that differ as is said: AMQP's own keep
/// everything else as it was on the wire. Stateless; any thread.
public final class AmqpRevision {
    private AmqpRevision() {}

    /// The message as it is stored then, in the encoding [AmqpMapping#ENCODING].
    ///
    /// @param codec of what is stored
    /// @param stored not changed
    /// @throws IllegalArgumentException if the bytes do not hold one message of that encoding, or a
    ///   name is too long
    public static ByteBuffer of(MessageCodec codec, ByteBuffer stored, Revision revision) {
        try {
            return revised(amqp(codec, stored.duplicate()), revision);
        } catch (AmqpException malformed) {
            throw new IllegalArgumentException(malformed.text());
        }
    }

    private static AmqpContent amqp(MessageCodec codec, ByteBuffer stored) {
        if (codec.encoding() == AmqpMapping.ENCODING) {
            return new AmqpContent().wrap(stored);
        }
        Message message = codec.open(stored).getFirst();
        return new AmqpContent().wrap(AmqpMapping.stored(message, ""));
    }

    private static ByteBuffer revised(AmqpContent content, Revision revision) {
        byte[] list = content.properties();
        AmqpProperties properties = new AmqpProperties();
        properties.scan(list, 0, list.length);
        if (!revision.headers().isEmpty() || !revision.removed().isEmpty()) {
            EnumMap<Property, Object> values = properties.values();
            Map<String, @Nullable Object> headers = new LinkedHashMap<>(properties.headers());
            revision.removed().forEach(headers::remove);
            headers.putAll(revision.headers());
            values.put(Property.HEADERS, headers);
            list = AmqpProperties.list(values);
        }
        byte[] body = revision.body();
        return content.with(list, body == null ? content.body() : ByteBuffer.wrap(body));
    }
}
