package io.polylog.broker.command;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Origin;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// One message to one or more streams of a shard; its payload is stored once. Read per message, so
/// without a record of its own.
///
/// Head: version, encoding, flags, then what the flags announce (timestamp, time to live, priority,
/// key, origin or trail), then the number of streams and their ids. Version 2 goes on with a number
/// for each stream: the hash of the key that it orders the message by, 0 for none.
public final class PublishCommand {
    public static final int TYPE = 1;

    /// Streams one command may name, so that its head stays below 64 KiB.
    public static final int MAX_STREAMS = 4_000;

    /// Keys longer than this are not repeated in the head: the payload has them.
    public static final int MAX_KEY_BYTES = 16 * 1024;

    private static final int VERSION = 1;
    private static final int ORDERED_VERSION = 2;
    private static final int TIMESTAMP = 1;
    private static final int TIME_TO_LIVE = 2;
    private static final int PRIORITY = 4;
    private static final int KEY = 8;
    private static final int GUARDED = 16;
    private static final int TOMBSTONE = 32;
    private static final int ORIGIN = 64;
    private static final int TRAIL = 128;

    private PublishCommand() {}

    /// Writes a head up to its streams: [#encode(HeadWriter,long[],int,int)] writes those.
    ///
    /// @param origin where it was published to, or null where no target asks
    /// @param guarded whether the [GuardCommand] before it in the batch may suppress it
    public static void encode(
            HeadWriter out, Content content, @Nullable Origin origin, boolean guarded) {
        encode(out, content, origin, guarded, VERSION);
    }

    /// As above, where some of the streams order by key: [#encodeKeyHashes] writes by which behind
    /// the streams.
    public static void encodeOrdered(HeadWriter out, Content content, @Nullable Origin origin) {
        encode(out, content, origin, false, ORDERED_VERSION);
    }

    private static void encode(
            HeadWriter out,
            Content content,
            @Nullable Origin origin,
            boolean guarded,
            int version) {
        Envelope envelope = content.envelope();
        byte @Nullable [] key = envelope.key();
        Trail trail = envelope.trail();
        int flags = flags(envelope, guarded) | (trail == null && origin != null ? ORIGIN : 0);
        out.octet(version).octet(content.encoding()).octet(flags);
        if ((flags & TIMESTAMP) != 0) {
            out.number(envelope.timestampMs());
        }
        if ((flags & TIME_TO_LIVE) != 0) {
            out.number(envelope.timeToLiveMs());
        }
        if ((flags & PRIORITY) != 0) {
            out.octet(envelope.priority());
        }
        if (key != null && (flags & KEY) != 0) {
            out.blob(key);
        }
        if (trail != null || origin != null) {
            HeadWriter way = new HeadWriter(64);
            if (trail != null) {
                Trails.encode(way, trail);
            } else if (origin != null) {
                Trails.encode(way, origin);
            }
            out.blob(way);
        }
    }

    private static int flags(Envelope envelope, boolean guarded) {
        byte @Nullable [] key = envelope.key();
        boolean hasKey = key != null && key.length <= MAX_KEY_BYTES;
        return (envelope.timestampMs() > 0 ? TIMESTAMP : 0)
                | (envelope.timeToLiveMs() >= 0 ? TIME_TO_LIVE : 0)
                | (envelope.priority() >= 0 ? PRIORITY : 0)
                | (hasKey ? KEY : 0)
                | (guarded ? GUARDED : 0)
                | (envelope.tombstone() ? TOMBSTONE : 0)
                | (envelope.trail() != null ? TRAIL : 0);
    }

    /// Writes the streams a message goes to: the first `count` of them from `from` on.
    public static void encode(HeadWriter out, long[] streams, int from, int count) {
        out.number(count);
        for (int i = from; i < from + count; i++) {
            out.number(streams[i]);
        }
    }

    /// Writes the hashes of the keys for the streams written before, 0 for none: the first `count`
    /// of them from `from` on.
    public static void encodeKeyHashes(HeadWriter out, int[] hashes, int from, int count) {
        for (int i = from; i < from + count; i++) {
            out.number(Integer.toUnsignedLong(hashes[i]));
        }
    }

    /// What was published.
    public static Content content(ByteBuffer head, ByteBuffer payload) {
        HeadReader.version(head, ORDERED_VERSION, "publish");
        byte encoding = head.get();
        int flags = head.get();
        long timestampMs = (flags & TIMESTAMP) != 0 ? HeadReader.number(head) : 0;
        long timeToLiveMs = (flags & TIME_TO_LIVE) != 0 ? HeadReader.number(head) : -1;
        int priority = (flags & PRIORITY) != 0 ? head.get() & 0xFF : -1;
        byte @Nullable [] key = (flags & KEY) != 0 ? new HeadReader(head).blob() : null;
        boolean tombstone = (flags & TOMBSTONE) != 0;
        if ((flags & ORIGIN) != 0) {
            skipBlob(head);
        }
        Trail trail =
                (flags & TRAIL) != 0
                        ? Trails.trail(new HeadReader(ByteBuffer.wrap(new HeadReader(head).blob())))
                        : null;
        boolean plain = (flags & ~(GUARDED | ORIGIN)) == 0;
        Envelope envelope =
                plain
                        ? Envelope.PLAIN
                        : new Envelope(timestampMs, timeToLiveMs, priority, key, tombstone, trail);
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

    /// 0 to 255, or -1 when unset. Does not move the head.
    public static int priority(ByteBuffer head) {
        int flags = head.get(head.position() + 2);
        if ((flags & PRIORITY) == 0) {
            return -1;
        }
        ByteBuffer behind = head.duplicate().position(head.position() + 3);
        if ((flags & TIMESTAMP) != 0) {
            HeadReader.number(behind);
        }
        if ((flags & TIME_TO_LIVE) != 0) {
            HeadReader.number(behind);
        }
        return behind.get() & 0xFF;
    }

    /// The hashes of the keys that it is ordered by, one for each stream; or null for none. Does
    /// not move the head.
    public static @Nullable ByteBuffer keyHashes(ByteBuffer head) {
        if (head.get(head.position()) < ORDERED_VERSION) {
            return null;
        }
        ByteBuffer hashes = head.duplicate();
        for (int left = streams(hashes); left > 0; left--) {
            HeadReader.number(hashes);
        }
        return hashes;
    }

    /// The hash of a key that messages are ordered by: never 0.
    public static int keyHash(byte[] key) {
        CRC32C sum = new CRC32C();
        sum.update(key);
        int hash = (int) sum.getValue();
        return hash == 0 ? 1 : hash;
    }

    /// The hash of the record's own key, or 0 where it has none. Does not move the head.
    public static int recordKeyHash(ByteBuffer head) {
        byte @Nullable [] key = content(head.duplicate(), head).envelope().key();
        return key == null ? 0 : keyHash(key);
    }

    /// Whether a guard may suppress it. Does not move the head.
    public static boolean guarded(ByteBuffer head) {
        return (head.get(head.position() + 2) & GUARDED) != 0;
    }

    /// Where a message was published to, of one without a trail; null where it is not known. Does
    /// not move the head.
    public static @Nullable Origin origin(ByteBuffer head) {
        ByteBuffer in = head.duplicate();
        HeadReader.version(in, ORDERED_VERSION, "publish");
        in.get();
        int flags = in.get();
        skipTo(in, flags);
        return (flags & ORIGIN) == 0
                ? null
                : Trails.origin(new HeadReader(ByteBuffer.wrap(new HeadReader(in).blob())));
    }

    private static void skipBlob(ByteBuffer head) {
        int length = (int) HeadReader.number(head);
        head.position(head.position() + length);
    }

    /// Moves a head from behind its flags to its origin or trail.
    private static void skipTo(ByteBuffer head, int flags) {
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
            skipBlob(head);
        }
    }

    /// Moves the head to the first stream id and gives how many there are; read them with
    /// [HeadReader#number(ByteBuffer)].
    public static int streams(ByteBuffer head) {
        HeadReader.version(head, ORDERED_VERSION, "publish");
        head.get();
        int flags = head.get();
        skipTo(head, flags);
        if ((flags & (ORIGIN | TRAIL)) != 0) {
            skipBlob(head);
        }
        return (int) HeadReader.number(head);
    }
}
