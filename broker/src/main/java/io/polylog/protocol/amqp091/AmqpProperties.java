package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The properties of a content header: flags and list as on the wire (specification 4.2.6.1), found
/// by one walk that takes no memory. A flyweight: [#scan] points it at another list. Confined to
/// one thread.
final class AmqpProperties {
    /// In the order of the list; the first has the highest flag.
    enum Property {
        CONTENT_TYPE(0, Kind.TEXT),
        CONTENT_ENCODING(1, Kind.TEXT),
        HEADERS(2, Kind.TABLE),
        DELIVERY_MODE(3, Kind.OCTET),
        PRIORITY(4, Kind.OCTET),
        CORRELATION_ID(5, Kind.TEXT),
        REPLY_TO(6, Kind.TEXT),
        EXPIRATION(7, Kind.TEXT),
        MESSAGE_ID(8, Kind.TEXT),
        TIMESTAMP(9, Kind.SECONDS),
        TYPE(10, Kind.TEXT),
        USER_ID(11, Kind.TEXT),
        APP_ID(12, Kind.TEXT),
        CLUSTER_ID(13, Kind.TEXT);

        private final int place;
        private final Kind kind;

        Property(int place, Kind kind) {
            this.place = place;
            this.kind = kind;
        }

        /// As the specification writes it: `content-type`.
        String wireName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private int flag() {
            return 1 << (15 - place);
        }
    }

    private enum Kind {
        TEXT,
        TABLE,
        OCTET,
        SECONDS
    }

    private static final Property[] PROPERTIES = Property.values();

    /// No property has these flags; the lowest would announce a second word of flags.
    private static final int UNUSED_FLAGS = 3;

    private byte[] bytes = {};
    private int end;
    private int flags;
    private final int[] at = new int[PROPERTIES.length];

    /// Points this at the list in `bytes` from `from` to `to`.
    ///
    /// @throws AmqpException SYNTAX_ERROR if it is none
    void scan(byte[] source, int from, int to) {
        bytes = source;
        end = to;
        if (to - from < 2) {
            throw malformed();
        }
        flags = (unsigned(from) << 8) | unsigned(from + 1);
        if ((flags & UNUSED_FLAGS) != 0 || locate(from + 2, to) != to) {
            throw malformed();
        }
    }

    /// Notes where each property is, or would be.
    private int locate(int from, int to) {
        int next = from;
        for (int i = 0; i < PROPERTIES.length; i++) {
            at[i] = next;
            if ((flags & PROPERTIES[i].flag()) != 0) {
                next += lengthAt(PROPERTIES[i].kind, next, to);
                if (next > to || next < 0) {
                    throw malformed();
                }
            }
        }
        return next;
    }

    private int lengthAt(Kind kind, int position, int to) {
        return switch (kind) {
            case TEXT -> position < to ? 1 + unsigned(position) : 1;
            case OCTET -> 1;
            case SECONDS -> 8;
            case TABLE -> 4 + tableLength(position, to);
        };
    }

    private int tableLength(int position, int to) {
        if (to - position < 4) {
            throw malformed();
        }
        int length = (int) number(position, 4);
        if (length < 0 || length > to - position - 4) {
            throw malformed();
        }
        return length;
    }

    private boolean has(Property property) {
        return (flags & property.flag()) != 0;
    }

    @Nullable String text(Property property) {
        if (!has(property)) {
            return null;
        }
        int position = at[property.place];
        return new String(bytes, position + 1, unsigned(position), UTF_8);
    }

    /// Whether a text is set to these bytes: compared in place.
    boolean is(Property property, byte[] text) {
        if (!has(property)) {
            return false;
        }
        int from = at[property.place] + 1;
        return Arrays.equals(bytes, from, from + unsigned(from - 1), text, 0, text.length);
    }

    /// -1 where it is not set.
    int octet(Property property) {
        return has(property) ? unsigned(at[property.place]) : -1;
    }

    /// Seconds since 1970, or 0 where it is not set.
    long timestampSeconds() {
        return has(Property.TIMESTAMP) ? number(at[Property.TIMESTAMP.place], 8) : 0;
    }

    /// The headers; empty where there are none.
    ///
    /// @throws AmqpException SYNTAX_ERROR if the table is malformed
    Map<String, @Nullable Object> headers() {
        return has(Property.HEADERS) ? FieldTable.read(table()) : Map.of();
    }

    /// Checks the headers and tells which of [TableScan]'s names are among them.
    int notableHeaders() {
        return has(Property.HEADERS) ? TableScan.notable(table()) : 0;
    }

    private ByteBuf table() {
        int position = at[Property.HEADERS.place];
        return Unpooled.wrappedBuffer(bytes, position, 4 + (int) number(position, 4));
    }

    private int unsigned(int position) {
        return bytes[position] & 0xff;
    }

    private long number(int position, int length) {
        long value = 0;
        for (int i = 0; i < length; i++) {
            value = (value << 8) | unsigned(position + i);
        }
        return length == 4 ? (int) value : value;
    }

    private static AmqpException malformed() {
        return AmqpException.of(ReplyCode.SYNTAX_ERROR, "malformed content properties");
    }

    /// The list without the headers of one name; all else stays as it was, byte for byte. There
    /// must be headers, found sound.
    byte[] withoutHeader(String name) {
        byte[] kept = TableScan.without(table(), name);
        int first = at[Property.CONTENT_TYPE.place];
        int headersAt = at[Property.HEADERS.place];
        int after = headersAt + 4 + (int) number(headersAt, 4);
        ByteBuf out = Unpooled.buffer(end - first + 2);
        out.writeShort(flags).writeBytes(bytes, first, headersAt - first);
        out.writeInt(kept.length).writeBytes(kept).writeBytes(bytes, after, end - after);
        return ByteBufUtil.getBytes(out);
    }

    /// The same list with more headers, or other values of those that are there.
    byte[] withHeaders(Map<String, ? extends @Nullable Object> added) {
        if (has(Property.HEADERS) && added.keySet().stream().anyMatch(headers()::containsKey)) {
            EnumMap<Property, Object> values = values();
            Map<String, @Nullable Object> headers = new LinkedHashMap<>(headers());
            headers.putAll(added);
            values.put(Property.HEADERS, headers);
            return list(values);
        }
        int headersAt = at[Property.HEADERS.place];
        int entries = has(Property.HEADERS) ? (int) number(headersAt, 4) : 0;
        int after = has(Property.HEADERS) ? headersAt + 4 + entries : headersAt;
        int first = at[Property.CONTENT_TYPE.place];
        ByteBuf more = Unpooled.buffer(64);
        added.forEach((name, value) -> FieldTable.writeEntry(more, name, value));
        ByteBuf out = Unpooled.buffer(end - first + 6 + more.readableBytes());
        out.writeShort(flags | Property.HEADERS.flag()).writeBytes(bytes, first, headersAt - first);
        out.writeInt(entries + more.readableBytes());
        out.writeBytes(bytes, after - entries, entries).writeBytes(more);
        out.writeBytes(bytes, after, end - after);
        return ByteBufUtil.getBytes(out);
    }

    /// All that are set, by kind: String, Integer (octets), Long (seconds), Map (headers).
    EnumMap<Property, Object> values() {
        EnumMap<Property, Object> values = new EnumMap<>(Property.class);
        for (Property property : PROPERTIES) {
            if (has(property)) {
                values.put(property, value(property));
            }
        }
        return values;
    }

    private Object value(Property property) {
        int position = at[property.place];
        return switch (property.kind) {
            case TEXT -> new String(bytes, position + 1, unsigned(position), UTF_8);
            case TABLE -> headers();
            case OCTET -> unsigned(position);
            case SECONDS -> timestampSeconds();
        };
    }

    /// Flags and list, from values as [#values] gives them.
    static byte[] list(Map<Property, Object> values) {
        ByteBuf out = Unpooled.buffer(256);
        write(out, values);
        return ByteBufUtil.getBytes(out);
    }

    /// Writes flags and list, from values as [#values] gives them.
    static void write(ByteBuf out, Map<Property, Object> values) {
        int flags = 0;
        for (Property property : values.keySet()) {
            flags |= property.flag();
        }
        out.writeShort(flags);
        for (Property property : PROPERTIES) {
            Object value = values.get(property);
            if (value != null) {
                write(out, value);
            }
        }
    }

    private static void write(ByteBuf out, Object value) {
        switch (value) {
            case String text -> FieldTable.writeName(out, text);
            case Integer octet -> out.writeByte(octet);
            case Long seconds -> out.writeLong(seconds);
            case Map<?, ?> headers -> FieldTable.write(out, headers);
            default -> throw new IllegalArgumentException("no property: " + value);
        }
    }
}
