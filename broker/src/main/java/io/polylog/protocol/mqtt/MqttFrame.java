package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A packet from a client, one record a type.
sealed interface MqttFrame {
    /// The protocol levels.
    int V31 = 3;

    int V311 = 4;
    int V5 = 5;

    /// The first packet.
    ///
    /// @param version protocol level
    /// @param keepAliveSeconds 0 for none
    record Connect(
            int version,
            boolean cleanStart,
            int keepAliveSeconds,
            Properties properties,
            String clientId,
            @Nullable Will will,
            @Nullable String user,
            byte[] password)
            implements MqttFrame {}

    /// A message.
    ///
    /// @param topic "" where an alias stands for it
    /// @param packetId 0 at QoS 0
    /// @param alias 0 for none
    /// @param expirySeconds -1 for none
    /// @param properties the rest of them as they were sent
    /// @param payload valid until the next packet
    record Publish(
            boolean dup,
            int qos,
            boolean retain,
            String topic,
            int packetId,
            int alias,
            long expirySeconds,
            byte[] properties,
            ByteBuf payload)
            implements MqttFrame {}

    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    ///
    /// @param type of the packet: [MqttCodec#PUBACK] to [MqttCodec#PUBCOMP]
    record Ack(int type, int packetId, int code) implements MqttFrame {}

    /// Asks for filters.
    ///
    /// @param options as the packet has them, by place
    /// @param identifier 0 for none
    record Subscribe(int packetId, List<String> filters, List<Integer> options, int identifier)
            implements MqttFrame {}

    record Unsubscribe(int packetId, List<String> filters) implements MqttFrame {}

    record Pingreq() implements MqttFrame {}

    /// The last packet.
    ///
    /// @param expirySeconds -1 where it says nothing of it
    record Disconnect(int code, long expirySeconds) implements MqttFrame {}

    record Auth() implements MqttFrame {}
}
