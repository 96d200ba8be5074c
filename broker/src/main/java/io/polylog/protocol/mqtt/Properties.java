package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The properties of one packet of MQTT 5 (section 2.2.2), in their order. One thread.
final class Properties {
    static final int PAYLOAD_FORMAT = 1;
    static final int MESSAGE_EXPIRY = 2;
    static final int CONTENT_TYPE = 3;
    static final int RESPONSE_TOPIC = 8;
    static final int CORRELATION_DATA = 9;
    static final int SUBSCRIPTION_IDENTIFIER = 11;
    static final int SESSION_EXPIRY = 17;
    static final int ASSIGNED_CLIENT_ID = 18;
    static final int SERVER_KEEP_ALIVE = 19;
    static final int AUTHENTICATION_METHOD = 21;
    static final int AUTHENTICATION_DATA = 22;
    static final int REQUEST_PROBLEM_INFORMATION = 23;
    static final int WILL_DELAY = 24;
    static final int REQUEST_RESPONSE_INFORMATION = 25;
    static final int REASON_STRING = 31;
    static final int RECEIVE_MAXIMUM = 33;
    static final int TOPIC_ALIAS_MAXIMUM = 34;
    static final int TOPIC_ALIAS = 35;
    static final int USER_PROPERTY = 38;
    static final int MAXIMUM_PACKET_SIZE = 39;

    static final long IN_CONNECT =
            of(
                    SESSION_EXPIRY,
                    AUTHENTICATION_METHOD,
                    AUTHENTICATION_DATA,
                    REQUEST_PROBLEM_INFORMATION,
                    REQUEST_RESPONSE_INFORMATION,
                    RECEIVE_MAXIMUM,
                    TOPIC_ALIAS_MAXIMUM,
                    USER_PROPERTY,
                    MAXIMUM_PACKET_SIZE);
    static final long IN_MESSAGE =
            of(
                    PAYLOAD_FORMAT,
                    MESSAGE_EXPIRY,
                    CONTENT_TYPE,
                    RESPONSE_TOPIC,
                    CORRELATION_DATA,
                    USER_PROPERTY);
    static final long IN_PUBLISH = IN_MESSAGE | of(TOPIC_ALIAS);
    static final long IN_WILL = IN_MESSAGE | of(WILL_DELAY);
    static final long IN_ACK = of(REASON_STRING, USER_PROPERTY);
    static final long IN_SUBSCRIBE = of(SUBSCRIPTION_IDENTIFIER, USER_PROPERTY);
    static final long IN_UNSUBSCRIBE = of(USER_PROPERTY);
    static final long IN_DISCONNECT = of(SESSION_EXPIRY, REASON_STRING, USER_PROPERTY);
    static final long IN_AUTH =
            of(AUTHENTICATION_METHOD, AUTHENTICATION_DATA, REASON_STRING, USER_PROPERTY);

    private static final long TEXTS =
            of(CONTENT_TYPE, RESPONSE_TOPIC, ASSIGNED_CLIENT_ID, AUTHENTICATION_METHOD, 26, 28)
                    | of(REASON_STRING);
    private static final long SHORTS =
            of(SERVER_KEEP_ALIVE, RECEIVE_MAXIMUM, TOPIC_ALIAS_MAXIMUM, TOPIC_ALIAS);
    private static final long INTS =
            of(MESSAGE_EXPIRY, SESSION_EXPIRY, WILL_DELAY, MAXIMUM_PACKET_SIZE);
    private static final long BYTES = of(CORRELATION_DATA, AUTHENTICATION_DATA);

    /// Those that are a flag, where they come from a client.
    private static final long FLAGS =
            of(PAYLOAD_FORMAT, REQUEST_PROBLEM_INFORMATION, REQUEST_RESPONSE_INFORMATION);

    private static final long NEVER_ZERO =
            of(RECEIVE_MAXIMUM, MAXIMUM_PACKET_SIZE, SUBSCRIPTION_IDENTIFIER);

    private final List<Entry> entries = new ArrayList<>(0);

    /// @param value Long, String, byte[] or `Map.Entry<String, String>`
    record Entry(int id, Object value) {}

    private static long of(int... ids) {
        long set = 0;
        for (int id : ids) {
            set |= 1L << id;
        }
        return set;
    }

    private static boolean in(long set, int id) {
        return id < Long.SIZE && (set >>> id & 1) != 0;
    }

    // Reading ------------------------------------------------------------------------------------

    /// Reads the properties of a packet.
    ///
    /// @param allowed those that the packet may have
    static Properties read(ByteBuf in, long allowed) {
        Properties properties = new Properties();
        ByteBuf list = in.readSlice(Varint.read(in));
        while (list.isReadable()) {
            properties.readOne(list, allowed);
        }
        return properties;
    }

    private void readOne(ByteBuf in, long allowed) {
        int id = Varint.read(in);
        if (!in(allowed, id)) {
            throw MqttException.malformed("property " + id + " has no place here");
        }
        if (id != USER_PROPERTY && find(id) != null) {
            throw MqttException.protocol("property " + id + " is there twice");
        }
        Object value = value(in, id);
        if (value instanceof Long number) {
            check(id, number);
        }
        entries.add(new Entry(id, value));
    }

    private static Object value(ByteBuf in, int id) {
        if (id == USER_PROPERTY) {
            return Map.entry(Utf8.read(in), Utf8.read(in));
        }
        if (in(TEXTS, id)) {
            return Utf8.read(in);
        }
        if (in(BYTES, id)) {
            return Utf8.bytes(in);
        }
        if (in(SHORTS, id)) {
            return (long) in.readUnsignedShort();
        }
        if (in(INTS, id)) {
            return in.readUnsignedInt();
        }
        return id == SUBSCRIPTION_IDENTIFIER
                ? (long) Varint.read(in)
                : (long) in.readUnsignedByte();
    }

    private static void check(int id, long value) {
        if ((in(NEVER_ZERO, id) && value == 0) || (in(FLAGS, id) && value > 1)) {
            throw MqttException.protocol("property " + id + " is " + value);
        }
    }

    // What there is ------------------------------------------------------------------------------

    List<Entry> entries() {
        return entries;
    }

    @Nullable Object find(int id) {
        for (Entry entry : entries) {
            if (entry.id == id) {
                return entry.value;
            }
        }
        return null;
    }

    /// A property that is a number, or what stands for it where it is not there.
    long number(int id, long otherwise) {
        return find(id) instanceof Long number ? number : otherwise;
    }

    // Writing ------------------------------------------------------------------------------------

    Properties with(int id, Object value) {
        entries.add(
                new Entry(
                        id, value instanceof Integer number ? (Object) number.longValue() : value));
        return this;
    }

    /// The list without the length ahead, and without some.
    byte[] list(int... without) {
        long left = of(without);
        ByteBuf out = Unpooled.buffer();
        for (Entry entry : entries) {
            if (!in(left, entry.id)) {
                write(out, entry);
            }
        }
        byte[] list = new byte[out.readableBytes()];
        out.readBytes(list);
        return list;
    }

    /// All with their length ahead.
    void write(ByteBuf out) {
        byte[] list = list();
        Varint.write(out, list.length);
        out.writeBytes(list);
    }

    private static void write(ByteBuf out, Entry entry) {
        out.writeByte(entry.id);
        switch (entry.value) {
            case String text -> Utf8.write(out, text);
            case byte[] bytes -> Utf8.write(out, bytes);
            case Map.Entry<?, ?> pair -> {
                Utf8.write(out, (String) pair.getKey());
                Utf8.write(out, (String) pair.getValue());
            }
            case Long number -> write(out, entry.id, number);
            default -> throw new IllegalArgumentException("property " + entry.id);
        }
    }

    private static void write(ByteBuf out, int id, long number) {
        if (in(SHORTS, id)) {
            out.writeShort((int) number);
        } else if (in(INTS, id)) {
            out.writeInt((int) number);
        } else if (id == SUBSCRIPTION_IDENTIFIER) {
            Varint.write(out, (int) number);
        } else {
            out.writeByte((int) number);
        }
    }
}
