package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.polylog.protocol.mqtt.MqttFrame.*;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Packets from clients, from bytes. What does not follow the specification is an [MqttException].
/// One for each connection, on its loop.
///
/// Netty's codec is what the tests compare it with: that one replaces what is not UTF-8, reads on
/// beyond a packet's end, and waits for the end of a packet before it looks at its length.
final class MqttCodec {
    static final int CONNECT = 1;
    static final int CONNACK = 2;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBSCRIBE = 8;
    static final int SUBACK = 9;
    static final int UNSUBSCRIBE = 10;
    static final int UNSUBACK = 11;
    static final int PINGREQ = 12;
    static final int PINGRESP = 13;
    static final int DISCONNECT = 14;
    static final int AUTH = 15;

    private static final byte[] NO_BYTES = {};

    /// What the flags of PUBREL, SUBSCRIBE and UNSUBSCRIBE have to be.
    private static final int RESERVED_FLAGS = 2;

    private int version;
    private ByteBuf lastTopicBytes = Unpooled.EMPTY_BUFFER;
    private String lastTopic = "";

    /// The protocol level that CONNECT said, or 0 before it.
    int version() {
        return version;
    }

    /// Reads one packet.
    ///
    /// @param header its first byte
    /// @param body what follows the length, to its end
    MqttFrame read(int header, ByteBuf body) {
        int type = header >> 4;
        if (type != PUBLISH) {
            requireFlags(type, header & 0xf);
        }
        try {
            MqttFrame frame = frame(type, header & 0xf, body);
            if (type != PUBLISH && body.isReadable()) {
                throw MqttException.malformed("more in a packet than belongs there");
            }
            return frame;
        } catch (IndexOutOfBoundsException cutShort) {
            throw MqttException.malformed("a packet is cut short");
        }
    }

    private static void requireFlags(int type, int flags) {
        boolean reserved = type == PUBREL || type == SUBSCRIBE || type == UNSUBSCRIBE;
        if (flags != (reserved ? RESERVED_FLAGS : 0)) {
            throw MqttException.malformed("flags " + flags + " in a packet of type " + type);
        }
    }

    private MqttFrame frame(int type, int flags, ByteBuf in) {
        return switch (type) {
            case CONNECT -> connect(in);
            case PUBLISH -> publish(flags, in);
            case PUBACK, PUBREC, PUBREL, PUBCOMP -> ack(type, in);
            case SUBSCRIBE -> subscribe(in);
            case UNSUBSCRIBE -> unsubscribe(in);
            case PINGREQ -> new Pingreq();
            case DISCONNECT -> disconnect(in);
            case AUTH -> auth(in);
            default -> throw MqttException.malformed("a packet of type " + type);
        };
    }

    // Connecting ---------------------------------------------------------------------------------

    private Connect connect(ByteBuf in) {
        String name = Utf8.read(in);
        int level = in.readUnsignedByte();
        boolean known =
                name.equals("MQTT")
                        ? level == MqttFrame.V311 || level == MqttFrame.V5
                        : name.equals("MQIsdp") && level == MqttFrame.V31;
        if (!known) {
            version = name.equals("MQTT") && level > MqttFrame.V5 ? MqttFrame.V5 : MqttFrame.V311;
            throw new MqttException(
                    ReasonCode.UNSUPPORTED_VERSION, "unknown protocol version " + level);
        }
        version = level;
        int flags = in.readUnsignedByte();
        int keepAlive = in.readUnsignedShort();
        Properties properties =
                isV5() ? Properties.read(in, Properties.IN_CONNECT) : new Properties();
        String clientId = Utf8.read(in);
        Will will = will(flags, in);
        boolean hasUser = (flags & 0x80) != 0;
        boolean hasPassword = (flags & 0x40) != 0;
        if (hasPassword && !hasUser && !isV5()) {
            throw MqttException.protocol("a password without a user name");
        }
        String user = hasUser ? Utf8.read(in) : null;
        byte[] password = hasPassword ? Utf8.bytes(in) : NO_BYTES;
        boolean clean = (flags & 2) != 0;
        return new Connect(version, clean, keepAlive, properties, clientId, will, user, password);
    }

    private @Nullable Will will(int flags, ByteBuf in) {
        boolean there = (flags & 4) != 0;
        int qos = flags >> 3 & 3;
        boolean retain = (flags & 0x20) != 0;
        if ((flags & 1) != 0 || qos > 2 || (!there && (qos > 0 || retain))) {
            throw MqttException.malformed("flags of CONNECT");
        }
        if (!there) {
            return null;
        }
        Properties properties = isV5() ? Properties.read(in, Properties.IN_WILL) : new Properties();
        String topic = Utf8.read(in);
        TopicNames.requireName(topic);
        return new Will(
                topic,
                qos,
                retain,
                properties.number(Properties.WILL_DELAY, 0),
                properties.number(Properties.MESSAGE_EXPIRY, -1),
                properties.list(Properties.WILL_DELAY, Properties.MESSAGE_EXPIRY),
                Utf8.bytes(in));
    }

    private boolean isV5() {
        return version == MqttFrame.V5;
    }

    private Disconnect disconnect(ByteBuf in) {
        int code = isV5() && in.isReadable() ? in.readUnsignedByte() : ReasonCode.SUCCESS;
        Properties properties = properties(in, Properties.IN_DISCONNECT);
        return new Disconnect(code, properties.number(Properties.SESSION_EXPIRY, -1));
    }

    /// Those at the end of a packet that may end before them.
    private Properties properties(ByteBuf in, long allowed) {
        return isV5() && in.isReadable() ? Properties.read(in, allowed) : new Properties();
    }

    private Auth auth(ByteBuf in) {
        if (!isV5()) {
            throw MqttException.malformed("AUTH before MQTT 5");
        }
        if (in.isReadable()) {
            in.readUnsignedByte();
        }
        properties(in, Properties.IN_AUTH);
        return new Auth();
    }

    // Messages -----------------------------------------------------------------------------------

    private Publish publish(int flags, ByteBuf in) {
        int qos = flags >> 1 & 3;
        boolean dup = (flags & 8) != 0;
        if (qos > 2 || (dup && qos == 0)) {
            throw MqttException.malformed("flags of PUBLISH");
        }
        String topic = topic(in);
        int packetId = qos == 0 ? 0 : packetId(in);
        boolean retain = (flags & 1) != 0;
        int length = isV5() ? Varint.read(in) : 0;
        if (length == 0) {
            if (topic.isEmpty()) {
                throw MqttException.protocol("neither a topic nor an alias");
            }
            return new Publish(dup, qos, retain, topic, packetId, 0, -1, NO_BYTES, in);
        }
        in.readerIndex(in.readerIndex() - Varint.size(length));
        Properties properties = Properties.read(in, Properties.IN_PUBLISH);
        long alias = properties.number(Properties.TOPIC_ALIAS, -1);
        if (alias == 0 || (alias < 0 && topic.isEmpty())) {
            throw new MqttException(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias 0, or none");
        }
        return new Publish(
                dup,
                qos,
                retain,
                topic,
                packetId,
                (int) Math.max(0, alias),
                properties.number(Properties.MESSAGE_EXPIRY, -1),
                properties.list(Properties.TOPIC_ALIAS, Properties.MESSAGE_EXPIRY),
                in);
    }

    /// Most clients publish to the same topic again.
    private String topic(ByteBuf in) {
        int length = in.readUnsignedShort();
        int from = in.readerIndex();
        if (length > in.readableBytes()) {
            throw MqttException.malformed("a packet is cut short");
        }
        in.skipBytes(length);
        ByteBuf last = lastTopicBytes;
        if (length == last.readableBytes() && ByteBufUtil.equals(in, from, last, 0, length)) {
            return lastTopic;
        }
        byte[] bytes = new byte[length];
        in.getBytes(from, bytes);
        String topic = Utf8.text(bytes);
        if (length > 0) {
            TopicNames.requireName(topic);
            lastTopicBytes = Unpooled.wrappedBuffer(bytes);
            lastTopic = topic;
        }
        return topic;
    }

    private static int packetId(ByteBuf in) {
        int id = in.readUnsignedShort();
        if (id == 0) {
            throw MqttException.protocol("packet identifier 0");
        }
        return id;
    }

    private Ack ack(int type, ByteBuf in) {
        int id = packetId(in);
        int code = isV5() && in.isReadable() ? in.readUnsignedByte() : ReasonCode.SUCCESS;
        properties(in, Properties.IN_ACK);
        return new Ack(type, id, code);
    }

    // Subscriptions ------------------------------------------------------------------------------

    private Subscribe subscribe(ByteBuf in) {
        int id = packetId(in);
        Properties properties =
                isV5() ? Properties.read(in, Properties.IN_SUBSCRIBE) : new Properties();
        List<String> filters = new ArrayList<>(1);
        List<Integer> options = new ArrayList<>(1);
        while (in.isReadable()) {
            filters.add(Utf8.read(in));
            int option = in.readUnsignedByte();
            boolean wrong = isV5() ? (option & 0xc0) != 0 || (option >> 4) == 3 : option > 2;
            if (wrong || (option & 3) == 3) {
                throw MqttException.malformed("subscription options " + option);
            }
            options.add(option);
        }
        requireAny(filters);
        long identifier = properties.number(Properties.SUBSCRIPTION_IDENTIFIER, 0);
        return new Subscribe(id, filters, options, (int) identifier);
    }

    private Unsubscribe unsubscribe(ByteBuf in) {
        int id = packetId(in);
        if (isV5()) {
            Properties.read(in, Properties.IN_UNSUBSCRIBE);
        }
        List<String> filters = new ArrayList<>(1);
        while (in.isReadable()) {
            filters.add(Utf8.read(in));
        }
        requireAny(filters);
        return new Unsubscribe(id, filters);
    }

    private static void requireAny(List<String> filters) {
        if (filters.isEmpty()) {
            throw MqttException.protocol("no filter");
        }
    }
}
