package io.polylog.broker.command;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One message to one or more streams of a shard; its payload is stored once. Read per message, so
/// without a record of its own.
///
/// Head: version, encoding, flags, then what the flags announce (timestamp, time to live, priority,
/// key), then the number of streams and their ids.
public final class PublishCommand {
    public static final int TYPE = 1;

    /// Streams one command may name, so that its head stays below 64 KiB.
    public static final int MAX_STREAMS = 4_000;

    /// Keys longer than this are not repeated in the head: the payload has them.
    public static final int MAX_KEY_BYTES = 16 * 1024;

    private static final int VERSION = 1;
    private static final int TIMESTAMP = 1;
    private static final int TIME_TO_LIVE = 2;
    private static final int PRIORITY = 4;
    private static final int KEY = 8;
    private static final int GUARDED = 16;
    private static final int TOMBSTONE = 32;

    private PublishCommand() {}

    /// Writes a head.
    ///
    /// @param streams where it goes: the first `count` of them from `from` on
    /// @param guarded whether the [GuardCommand] before it in the batch may suppress it
    public static void encode(
            HeadWriter out, Content content, long[] streams, int from, int count, boolean guarded) {
        Envelope envelope = content.envelope();
        byte @Nullable [] key = envelope.key();
        boolean hasKey = key != null && key.length <= MAX_KEY_BYTES;
        int flags =
                (envelope.timestampMs() > 0 ? TIMESTAMP : 0)
                        | (envelope.timeToLiveMs() >= 0 ? TIME_TO_LIVE : 0)
                        | (envelope.priority() >= 0 ? PRIORITY : 0)
                        | (hasKey ? KEY : 0)
                        | (guarded ? GUARDED : 0)
                        | (envelope.tombstone() ? TOMBSTONE : 0);
        out.octet(VERSION).octet(content.encoding()).octet(flags);
        if ((flags & TIMESTAMP) != 0) {
            out.number(envelope.timestampMs());
        }
        if ((flags & TIME_TO_LIVE) != 0) {
            out.number(envelope.timeToLiveMs());
        }
        if ((flags & PRIORITY) != 0) {
            out.octet(envelope.priority());
        }
        if (key != null && hasKey) {
            out.blob(key);
        }
        out.number(count);
        for (int i = from; i < from + count; i++) {
            out.number(streams[i]);
        }
    }

    /// What was published.
    public static Content content(ByteBuffer head, ByteBuffer payload) {
        HeadReader.version(head, VERSION, "publish");
        byte encoding = head.get();
        int flags = head.get();
        long timestampMs = (flags & TIMESTAMP) != 0 ? HeadReader.number(head) : 0;
        long timeToLiveMs = (flags & TIME_TO_LIVE) != 0 ? HeadReader.number(head) : -1;
        int priority = (flags & PRIORITY) != 0 ? head.get() & 0xFF : -1;
        byte @Nullable [] key = (flags & KEY) != 0 ? new HeadReader(head).blob() : null;
        boolean tombstone = (flags & TOMBSTONE) != 0;
        Envelope envelope =
                timestampMs == 0 && timeToLiveMs < 0 && priority < 0 && key == null && !tombstone
                        ? Envelope.PLAIN
                        : new Envelope(timestampMs, timeToLiveMs, priority, key, tombstone);
        return new Content(encoding, envelope, payload);
    }

    /// The sender's time in milliseconds since 1970, or 0. Does not move the head.
    public static long timestampMs(ByteBuffer head) {
        boolean stamped = (head.get(head.position() + 2) & TIMESTAMP) != 0;
        return stamped ? HeadReader.number(head.duplicate().position(head.position() + 3)) : 0;
    }

    /// Whether it says how long it may wait. Does not move the head.
    public static boolean expires(ByteBuffer head) {
        return (head.get(head.position() + 2) & TIME_TO_LIVE) != 0;
    }

    /// Whether a guard may suppress it. Does not move the head.
    public static boolean guarded(ByteBuffer head) {
        return (head.get(head.position() + 2) & GUARDED) != 0;
    }

    /// Moves the head to the first stream id and gives how many there are; read them with
    /// [HeadReader#number(ByteBuffer)].
    public static int streams(ByteBuffer head) {
        HeadReader.version(head, VERSION, "publish");
        head.get();
        int flags = head.get();
        if ((flags & TIMESTAMP) != 0) {
            HeadReader.number(head);
        }
        if ((flags & TIME_TO_LIVE) != 0) {
            HeadReader.number(head);
        }
        if ((flags & PRIORITY) != 0) {
            head.get();
        }
        if ((flags & KEY) != 0) {
            int length = (int) HeadReader.number(head);
            head.position(head.position() + length);
        }
        return (int) HeadReader.number(head);
    }
}
