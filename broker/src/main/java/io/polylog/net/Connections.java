package io.polylog.net;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.polylog.net.ConnectionInfo.Peer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// The connections open now, of all listeners: operators look at them and close them. Safe from any
/// thread.
public final class Connections {
    private static final AttributeKey<Entry> KEY = AttributeKey.valueOf("polylog.connection");

    private final LongSupplier wallMs;
    private final AtomicLong lastId = new AtomicLong();
    private final ConcurrentSkipListMap<Long, Entry> open = new ConcurrentSkipListMap<>();

    /// The event that tells a connection that an operator wants it closed: it says good-bye in its
    /// protocol's words, with the reason where that has a place for one, and closes.
    ///
    /// @param reason for the client's people to read
    public record Close(String reason) {}

    private static final class Entry {
        final Channel channel;
        final String protocol;
        final long sinceMs;
        volatile Peer peer = Peer.UNKNOWN;

        Entry(Channel channel, String protocol, long sinceMs) {
            this.channel = channel;
            this.protocol = protocol;
            this.sinceMs = sinceMs;
        }
    }

    /// @param wallMs milliseconds since 1970
    public Connections(LongSupplier wallMs) {
        this.wallMs = wallMs;
    }

    /// Notes a connection until it is closed. On its loop.
    void opened(Channel channel, String protocol) {
        long id = lastId.incrementAndGet();
        Entry entry = new Entry(channel, protocol, wallMs.getAsLong());
        channel.attr(KEY).set(entry);
        open.put(id, entry);
        channel.closeFuture().addListener(closed -> open.remove(id));
    }

    /// The protocol knows who is there. On the connection's loop.
    public static void introduce(Channel channel, Peer peer) {
        Entry entry = channel.attr(KEY).get();
        if (entry != null) { // else not made by a Listener: an embedded channel in a test
            entry.peer = peer;
        }
    }

    /// All of them, the oldest first.
    public List<ConnectionInfo> list() {
        return open.keySet().stream().flatMap(id -> find(id).stream()).toList();
    }

    /// One of them; empty when it is closed already or there never was one.
    public Optional<ConnectionInfo> find(long id) {
        Entry entry = open.get(id);
        // The address of a socket that was cut at once may not be known.
        return entry != null && entry.channel.remoteAddress() instanceof InetSocketAddress remote
                ? Optional.of(
                        new ConnectionInfo(id, entry.protocol, remote, entry.sinceMs, entry.peer))
                : Optional.empty();
    }

    /// Tells a connection to close, and does not wait until it has.
    ///
    /// @return whether it was open
    public boolean close(long id, String reason) {
        Entry entry = open.get(id);
        if (entry == null) {
            return false;
        }
        entry.channel.pipeline().fireUserEventTriggered(new Close(reason));
        return true;
    }
}
