package io.polylog.protocol.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is remembered of a client's session beyond its connection. The form on disk begins with a
/// version, 1.
///
/// @param user who it acts for
/// @param expirySeconds how long it stays without a connection, or [#NEVER]
/// @param disconnectedAtMs since when there is none, or 0 while there is one
/// @param filters its subscriptions
/// @param will what is to be published when it goes, or null
record SessionRecord(
        ClientKey key,
        String user,
        long expirySeconds,
        long disconnectedAtMs,
        List<Filter> filters,
        @Nullable Will will) {
    /// It stays until somebody ends it.
    static final long NEVER = 0xffff_ffffL;

    private static final int VERSION = 1;
    private static final int MS_PER_SECOND = 1000;

    SessionRecord {
        filters = List.copyOf(filters);
    }

    /// Whether it outlives its connection.
    boolean isKept() {
        return expirySeconds > 0;
    }

    /// When it ends, while it has no connection.
    long endsAtMs() {
        return expirySeconds == NEVER
                ? Long.MAX_VALUE
                : disconnectedAtMs + expirySeconds * MS_PER_SECOND;
    }

    /// When its will is due, while it has no connection; not later than its end.
    long willAtMs() {
        long delay = will == null ? 0 : will.delaySeconds();
        return Math.min(endsAtMs(), disconnectedAtMs + delay * MS_PER_SECOND);
    }

    /// Whether something is to be done when nobody connects.
    boolean isMortal() {
        return will != null || expirySeconds != NEVER;
    }

    /// When the next thing is to be done, while it has no connection.
    long dueAtMs() {
        return will == null ? endsAtMs() : willAtMs();
    }

    SessionRecord with(List<Filter> others) {
        return new SessionRecord(key, user, expirySeconds, disconnectedAtMs, others, will);
    }

    SessionRecord with(@Nullable Will other) {
        return new SessionRecord(key, user, expirySeconds, disconnectedAtMs, filters, other);
    }

    SessionRecord expiring(long seconds) {
        return new SessionRecord(key, user, seconds, disconnectedAtMs, filters, will);
    }

    SessionRecord disconnected(long atMs) {
        return new SessionRecord(key, user, expirySeconds, atMs, filters, will);
    }

    // Stored form --------------------------------------------------------------------------------

    ByteBuffer stored() {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(VERSION);
        Utf8.write(out, key.namespace());
        Utf8.write(out, key.clientId());
        Utf8.write(out, user);
        out.writeInt((int) expirySeconds).writeLong(disconnectedAtMs).writeInt(filters.size());
        for (Filter filter : filters) {
            Utf8.write(out, filter.filter());
            out.writeByte(filter.options()).writeInt(filter.identifier());
        }
        out.writeBoolean(will != null);
        if (will != null) {
            write(out, will);
        }
        return out.nioBuffer();
    }

    private static void write(ByteBuf out, Will will) {
        Utf8.write(out, will.topic());
        out.writeByte(will.qos()).writeBoolean(will.retain());
        out.writeInt((int) will.delaySeconds()).writeInt((int) will.expirySeconds());
        out.writeInt(will.properties().length).writeBytes(will.properties());
        out.writeInt(will.payload().length).writeBytes(will.payload());
    }

    /// @throws IllegalArgumentException if the bytes are not of this form
    static SessionRecord read(ByteBuffer stored) {
        ByteBuf in = Unpooled.wrappedBuffer(stored);
        try {
            int version = in.readByte();
            if (version != VERSION) {
                throw new IllegalArgumentException("session record of version " + version);
            }
            ClientKey key = new ClientKey(Utf8.read(in), Utf8.read(in));
            String user = Utf8.read(in);
            long expirySeconds = in.readUnsignedInt();
            long disconnectedAtMs = in.readLong();
            List<Filter> filters = new ArrayList<>();
            for (int left = in.readInt(); left > 0; left--) {
                filters.add(Filter.of(Utf8.read(in), in.readByte(), in.readInt()));
            }
            Will will = in.readBoolean() ? readWill(in) : null;
            return new SessionRecord(key, user, expirySeconds, disconnectedAtMs, filters, will);
        } catch (IndexOutOfBoundsException | MqttException malformed) {
            throw new IllegalArgumentException("a session record is damaged", malformed);
        }
    }

    private static Will readWill(ByteBuf in) {
        String topic = Utf8.read(in);
        int qos = in.readByte();
        boolean retain = in.readBoolean();
        long delaySeconds = in.readUnsignedInt();
        int expiry = in.readInt();
        long expirySeconds = expiry == -1 ? -1 : expiry & NEVER;
        return new Will(topic, qos, retain, delaySeconds, expirySeconds, bytes(in), bytes(in));
    }

    private static byte[] bytes(ByteBuf in) {
        int length = in.readInt();
        if (length < 0 || length > in.readableBytes()) {
            throw new IndexOutOfBoundsException(length);
        }
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }
}
