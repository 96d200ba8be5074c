package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.broker.LiveMessage;
import io.polylog.broker.Publication.Content;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What MQTT makes of a message that is heard live, once for all who hear it on a loop; or of one
/// that is retained. On that loop.
final class LiveShape {
    final MqttContent message = new MqttContent();
    final String topic;
    private byte @Nullable [] packet3;
    private byte @Nullable [] packet5;

    /// When it was published, in milliseconds since 1970.
    final long timeMs;

    LiveShape(LiveMessage heard, Map<Byte, MessageCodec> codecs) {
        this(stored(heard, codecs), heard.timeMs());
    }

    /// @param stored a message as it is stored, not changed any more
    LiveShape(ByteBuffer stored, long timeMs) {
        message.wrap(stored);
        topic = message.topic();
        this.timeMs = timeMs;
    }

    private static ByteBuffer stored(LiveMessage heard, Map<Byte, MessageCodec> codecs) {
        Content content = heard.content();
        if (content.encoding() == MqttMapping.ENCODING) {
            return content.bytes();
        }
        MessageCodec codec = codecs.get(content.encoding());
        List<Message> open = codec == null ? List.of() : codec.open(content.bytes().duplicate());
        if (open.size() != 1) {
            throw new IllegalArgumentException("not one message");
        }
        return MqttMapping.stored(open.getFirst(), heard.subject());
    }

    /// The packet for who wants nothing particular: QoS 0, no RETAIN, no alias.
    byte[] packet(int version) {
        if (version == MqttFrame.V5) {
            if (packet5 == null) {
                packet5 = written(MqttFrame.V5);
            }
            return packet5;
        }
        if (packet3 == null) {
            packet3 = written(MqttFrame.V311);
        }
        return packet3;
    }

    private byte[] written(int version) {
        ByteBuf out = Unpooled.buffer(message.payloadLength() + 256);
        long seconds = message.expirySeconds();
        MqttWriter.Head head =
                new MqttWriter.Head(false, 0, false, 0, seconds, 0, false, List.of());
        MqttWriter.publish(out, version, head, message, Long.MAX_VALUE);
        byte[] packet = new byte[out.readableBytes()];
        out.readBytes(packet);
        return packet;
    }
}
