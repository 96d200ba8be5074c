package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;
import java.util.List;

/// Packets to clients, to bytes. Stateless.
final class MqttWriter {
    private static final byte[] NO_PROPERTIES = {};

    private MqttWriter() {}

    /// What a PUBLISH says beside the message.
    ///
    /// @param packetId 0 at QoS 0
    /// @param expirySeconds what is left, or -1
    /// @param alias 0 for none
    /// @param aliasOnly whether the alias stands for the topic
    /// @param identifiers of subscriptions
    record Head(
            boolean dup,
            int qos,
            boolean retain,
            int packetId,
            long expirySeconds,
            int alias,
            boolean aliasOnly,
            List<Integer> identifiers) {
        static final Head PLAIN = new Head(false, 0, false, 0, -1, 0, false, List.of());

        int propertiesLength() {
            int length = (expirySeconds >= 0 ? 5 : 0) + (alias > 0 ? 3 : 0);
            for (int identifier : identifiers) {
                length += 1 + Varint.size(identifier);
            }
            return length;
        }
    }

    /// Writes PUBLISH if it is small enough; tells whether it did.
    ///
    /// @param version protocol level
    /// @param most bytes of a packet
    static boolean publish(ByteBuf out, int version, Head head, MqttContent message, long most) {
        boolean v5 = version == MqttFrame.V5;
        int properties = v5 ? head.propertiesLength() + message.propertiesLength() : 0;
        long length =
                2L
                        + (head.aliasOnly ? 0 : message.topicLength())
                        + (head.qos > 0 ? 2 : 0)
                        + (v5 ? Varint.size(properties) + properties : 0)
                        + message.payloadLength();
        if (length > Varint.MOST || 1 + Varint.size((int) length) + length > most) {
            return false;
        }
        out.writeByte(
                MqttCodec.PUBLISH << 4
                        | (head.dup ? 8 : 0)
                        | head.qos << 1
                        | (head.retain ? 1 : 0));
        Varint.write(out, (int) length);
        if (head.aliasOnly) {
            out.writeShort(0);
        } else {
            out.writeShort(message.topicLength());
            message.writeTopic(out);
        }
        if (head.qos > 0) {
            out.writeShort(head.packetId);
        }
        if (v5) {
            Varint.write(out, properties);
            writeProperties(out, head);
            message.writeProperties(out);
        }
        message.writePayload(out);
        return true;
    }

    private static void writeProperties(ByteBuf out, Head head) {
        if (head.expirySeconds >= 0) {
            out.writeByte(Properties.MESSAGE_EXPIRY).writeInt((int) head.expirySeconds);
        }
        if (head.alias > 0) {
            out.writeByte(Properties.TOPIC_ALIAS).writeShort(head.alias);
        }
        for (int identifier : head.identifiers) {
            Varint.write(out.writeByte(Properties.SUBSCRIPTION_IDENTIFIER), identifier);
        }
    }

    /// PUBACK, PUBREC, PUBREL or PUBCOMP.
    static void ack(ByteBuf out, int version, int type, int packetId, int code) {
        boolean says = version == MqttFrame.V5 && code != ReasonCode.SUCCESS;
        out.writeByte(type << 4 | (type == MqttCodec.PUBREL ? 2 : 0));
        out.writeByte(says ? 3 : 2).writeShort(packetId);
        if (says) {
            out.writeByte(code);
        }
    }

    /// PUBACK or PUBREC of MQTT 5 that says why.
    static void ack(ByteBuf out, int type, int packetId, int code, String reason) {
        byte[] list = new Properties().with(Properties.REASON_STRING, reason).list();
        out.writeByte(type << 4);
        Varint.write(out, 3 + Varint.size(list.length) + list.length);
        out.writeShort(packetId).writeByte(code);
        Varint.write(out, list.length);
        out.writeBytes(list);
    }

    /// @param code of MQTT 5
    static void connack(
            ByteBuf out, int version, boolean present, int code, Properties properties) {
        out.writeByte(MqttCodec.CONNACK << 4);
        if (version == MqttFrame.V5) {
            byte[] list = properties.list();
            Varint.write(out, 2 + Varint.size(list.length) + list.length);
            out.writeByte(present ? 1 : 0).writeByte(code);
            Varint.write(out, list.length);
            out.writeBytes(list);
        } else {
            out.writeByte(2).writeByte(present ? 1 : 0).writeByte(ReasonCode.ofConnack3(code));
        }
    }

    /// SUBACK or UNSUBACK.
    static void codes(ByteBuf out, int version, int type, int packetId, List<Integer> codes) {
        boolean v5 = version == MqttFrame.V5;
        boolean listed = v5 || type == MqttCodec.SUBACK;
        out.writeByte(type << 4);
        Varint.write(out, 2 + (v5 ? 1 : 0) + (listed ? codes.size() : 0));
        out.writeShort(packetId);
        if (v5) {
            out.writeByte(0);
        }
        if (listed) {
            codes.forEach(code -> out.writeByte(v5 || code < 3 ? code : 0x80));
        }
    }

    static void pingresp(ByteBuf out) {
        out.writeByte(MqttCodec.PINGRESP << 4).writeByte(0);
    }

    /// Only to who speaks MQTT 5.
    static void disconnect(ByteBuf out, int code, String reason) {
        byte[] list =
                reason.isEmpty()
                        ? NO_PROPERTIES
                        : new Properties().with(Properties.REASON_STRING, reason).list();
        out.writeByte(MqttCodec.DISCONNECT << 4);
        Varint.write(out, 1 + Varint.size(list.length) + list.length);
        out.writeByte(code);
        Varint.write(out, list.length);
        out.writeBytes(list);
    }
}
