package io.polylog.broker.command;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Origin;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// One message to one or more streams of a shard; its payload is stored once. Read per message, so
/// without a record of its own.
///
/// Head: version, encoding, flags (two octets from version 2 on), then what the flags announce
/// (timestamp, time to live, priority, delay, digest of the message's id, what its sender expects,
/// the stream it asks about, its subject, what it replaces, key, origin or trail), then the number
/// of streams and their ids; where flagged, a number for each stream: the hash of the key that it
/// orders the message by, 0 for none; where flagged, 16 bytes for each: the digest of the key that
/// it keeps versions of.
public final class PublishCommand {
    public static final int TYPE = 1;

    /// Streams one command may name, so that its head stays below 64 KiB.
    public static final int MAX_STREAMS = 4_000;

    /// Keys longer than this are not repeated in the head: the payload has them.
    public static final int MAX_KEY_BYTES = 16 * 1024;

    /// Version 1 has one octet of flags, version 2 no [#ASKING], version 3 nothing of an
    /// expectation but its scope and offset, version 4 neither [#SUBJECT] nor [#REPLACING]; they
    /// are written where that is enough.
    private static final int VERSION = 5;

    private static final int TIMESTAMP = 1;
    private static final int TIME_TO_LIVE = 2;
    private static final int PRIORITY = 4;
    private static final int KEY = 8;
    private static final int GUARDED = 16;
    private static final int TOMBSTONE = 32;
    private static final int ORIGIN = 64;
    private static final int TRAIL = 128;
    private static final int DELAY = 256;
    private static final int ORDERED = 512;
    private static final int IDENTIFIED = 1024;
    private static final int EXPECTING = 2048;
    private static final int VERSIONED = 4096;
    private static final int ASKING = 8192;
    private static final int SUBJECT = 16_384;
    private static final int REPLACING = 32_768;
    private static final int TERMS = IDENTIFIED | EXPECTING | ASKING | SUBJECT | REPLACING;

    /// What says nothing of the message itself.
    private static final int OF_THE_HEAD = GUARDED | ORIGIN | ORDERED | VERSIONED | TERMS;

    private PublishCommand() {}

    /// Writes a head up to its streams: [#encode(HeadWriter,long[],int,int)] writes those.
    ///
    /// @param origin where it was published to, or null where no target asks
    /// @param guarded whether the [GuardCommand] before it in the batch may suppress it
    public static void encode(
            HeadWriter out, Content content, @Nullable Origin origin, boolean guarded) {
        encode(out, content, origin, guarded ? GUARDED : 0, Terms.NONE);
    }

    /// As above, of one that the guard before it may suppress.
    ///
    /// @param subject its own, or null where no stream asks
    /// @param ordered as of [Wants]
    public static void encodeGuarded(
            HeadWriter out, Content content, byte @Nullable [] subject, boolean ordered) {
        Terms terms = subject == null ? Terms.NONE : Terms.NONE.of(subject);
        encode(out, content, null, GUARDED | (ordered ? ORDERED : 0) | terms.flags(), terms);
    }

    /// What some of the streams ask for.
    ///
    /// @param ordered whether [#encodeKeyHashes] writes by which key each orders, behind the
    ///   streams
    /// @param versioned whether [#encodeVersionKeys] writes of which key it is for each, behind
    ///   that
    /// @param terms when it is stored
    public record Wants(boolean ordered, boolean versioned, Terms terms) {}

    /// When a message is stored, and who is told.
    ///
    /// @param id digest of its id, or null where no stream asks or it has none
    /// @param expected by its sender, or null
    /// @param asked the stream of which its sender wants to be told the offset, or [#NOBODY]
    /// @param subject its own, or null where no stream asks
    /// @param replaces what goes when it is stored, in the stream asked about, or else in all
    public record Terms(
            @Nullable KeyDigest id,
            @Nullable Expected expected,
            long asked,
            byte @Nullable [] subject,
            Replaces replaces) {
        /// No stream.
        public static final long NOBODY = -1;

        public static final Terms NONE = new Terms(null, null, NOBODY);

        /// The same with what its sender expects.
        public Terms expecting(@Nullable Expected other) {
            return other == null ? this : new Terms(id, other, asked, subject, replaces);
        }

        /// Of one without a subject, that replaces nothing.
        public Terms(@Nullable KeyDigest id, @Nullable Expected expected, long asked) {
            this(id, expected, asked, null, Replaces.NOTHING);
        }

        /// The same of a subject.
        public Terms of(byte[] other) {
            return new Terms(id, expected, asked, other, replaces);
        }

        private int flags() {
            return (id != null ? IDENTIFIED : 0)
                    | (expected != null ? EXPECTING : 0)
                    | (asked != NOBODY ? ASKING : 0)
                    | (subject != null ? SUBJECT : 0)
                    | (replaces != Replaces.NOTHING ? REPLACING : 0);
        }

        /// The first version of a head that has place for them.
        private int version() {
            if (subject != null || replaces != Replaces.NOTHING) {
                return VERSION;
            }
            return expected != null && expected.isLong() ? 4 : asked != NOBODY ? 3 : 1;
        }
    }

    /// As above, with what some of the streams ask for.
    public static void encode(
            HeadWriter out, Content content, @Nullable Origin origin, Wants wants) {
        int flags =
                (wants.ordered ? ORDERED : 0)
                        | (wants.versioned ? VERSIONED : 0)
                        | wants.terms.flags();
        encode(out, content, origin, flags, wants.terms);
    }

    private static void encode(
            HeadWriter out, Content content, @Nullable Origin origin, int also, Terms terms) {
        Envelope envelope = content.envelope();
        byte @Nullable [] key = envelope.key();
        Trail trail = envelope.trail();
        int flags = flags(envelope) | also | (trail == null && origin != null ? ORIGIN : 0);
        boolean more = flags >> Byte.SIZE != 0;
        int version = Math.max(more ? 2 : 1, terms.version());
        out.octet(version).octet(content.encoding()).octet(flags);
        if (more) {
            out.octet(flags >> Byte.SIZE);
        }
        if ((flags & TIMESTAMP) != 0) {
            out.number(envelope.timestampMs());
        }
        if ((flags & TIME_TO_LIVE) != 0) {
            out.number(envelope.timeToLiveMs());
        }
        if ((flags & PRIORITY) != 0) {
            out.octet(envelope.priority());
        }
        if ((flags & DELAY) != 0) {
            out.number(envelope.delayMs());
        }
        encode(out, terms);
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

    private static void encode(HeadWriter out, Terms terms) {
        if (terms.id != null) {
            terms.id.encode(out);
        }
        if (terms.expected != null) {
            terms.expected.encode(out);
        }
        if (terms.asked != Terms.NOBODY) {
            out.number(terms.asked);
        }
        byte @Nullable [] subject = terms.subject;
        if (subject != null) {
            out.blob(subject);
        }
        if (terms.replaces != Replaces.NOTHING) {
            out.octet(Replaces.ALL.indexOf(terms.replaces));
        }
    }

    private static int flags(Envelope envelope) {
        byte @Nullable [] key = envelope.key();
        boolean hasKey = key != null && key.length <= MAX_KEY_BYTES;
        return (envelope.timestampMs() > 0 ? TIMESTAMP : 0)
                | (envelope.timeToLiveMs() >= 0 ? TIME_TO_LIVE : 0)
                | (envelope.priority() >= 0 ? PRIORITY : 0)
                | (hasKey ? KEY : 0)
                | (envelope.tombstone() ? TOMBSTONE : 0)
                | (envelope.trail() != null ? TRAIL : 0)
                | (envelope.delayMs() > 0 ? DELAY : 0);
    }

    /// The flags of a head. Does not move it.
    private static int flags(ByteBuffer head) {
        int at = head.position();
        int first = head.get(at + 2) & 0xFF;
        return head.get(at) == 1 ? first : first | (head.get(at + 3) & 0xFF) << Byte.SIZE;
    }

    /// Moves a head behind its flags, which it gives.
    private static int takeFlags(ByteBuffer head) {
        int flags = flags(head);
        HeadReader.version(head, VERSION, "publish");
        head.position(head.position() + (head.get(head.position() - 1) == 1 ? 2 : 3));
        return flags;
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

    /// Writes of which keys the message is for the streams written before, null for none: the first
    /// `count` of them from `from` on.
    public static void encodeVersionKeys(
            HeadWriter out, @Nullable KeyDigest[] keys, int from, int count) {
        for (int i = from; i < from + count; i++) {
            KeyDigest.encodeOptional(out, keys[i]);
        }
    }

    /// What was published.
    public static Content content(ByteBuffer head, ByteBuffer payload) {
        byte encoding = head.get(head.position() + 1);
        int flags = takeFlags(head);
        long timestampMs = (flags & TIMESTAMP) != 0 ? HeadReader.number(head) : 0;
        long timeToLiveMs = (flags & TIME_TO_LIVE) != 0 ? HeadReader.number(head) : -1;
        int priority = (flags & PRIORITY) != 0 ? head.get() & 0xFF : -1;
        long delayMs = (flags & DELAY) != 0 ? HeadReader.number(head) : 0;
        skipTerms(head, flags);
        byte @Nullable [] key = (flags & KEY) != 0 ? new HeadReader(head).blob() : null;
        boolean tombstone = (flags & TOMBSTONE) != 0;
        if ((flags & ORIGIN) != 0) {
            skipBlob(head);
        }
        Trail trail =
                (flags & TRAIL) != 0
                        ? Trails.trail(new HeadReader(ByteBuffer.wrap(new HeadReader(head).blob())))
                        : null;
        boolean plain = (flags & ~OF_THE_HEAD) == 0;
        Envelope envelope =
                plain
                        ? Envelope.PLAIN
                        : new Envelope(
                                timestampMs,
                                timeToLiveMs,
                                priority,
                                key,
                                tombstone,
                                trail,
                                delayMs);
        return new Content(encoding, envelope, payload);
    }

    /// The sender's time in milliseconds since 1970, or 0. Does not move the head.
    public static long timestampMs(ByteBuffer head) {
        if ((flags(head) & TIMESTAMP) == 0) {
            return 0;
        }
        ByteBuffer behind = head.duplicate();
        takeFlags(behind);
        return HeadReader.number(behind);
    }

    /// How many milliseconds it may wait, or -1 where it does not say. Does not move the head.
    public static long timeToLiveMs(ByteBuffer head) {
        int flags = flags(head);
        if ((flags & TIME_TO_LIVE) == 0) {
            return -1;
        }
        ByteBuffer behind = head.duplicate();
        takeFlags(behind);
        if ((flags & TIMESTAMP) != 0) {
            HeadReader.number(behind);
        }
        return HeadReader.number(behind);
    }

    /// 0 to 255, or -1 when unset. Does not move the head.
    public static int priority(ByteBuffer head) {
        int flags = flags(head);
        if ((flags & PRIORITY) == 0) {
            return -1;
        }
        ByteBuffer behind = head.duplicate();
        takeFlags(behind);
        skipTimes(behind, flags);
        return behind.get() & 0xFF;
    }

    /// How many milliseconds queues hide it, 0 for not at all. Does not move the head.
    public static long delayMs(ByteBuffer head) {
        int flags = flags(head);
        if ((flags & DELAY) == 0) {
            return 0;
        }
        ByteBuffer behind = head.duplicate();
        takeFlags(behind);
        skipTimes(behind, flags);
        if ((flags & PRIORITY) != 0) {
            behind.get();
        }
        return HeadReader.number(behind);
    }

    /// When it is stored, and who is told. Does not move the head.
    public static Terms terms(ByteBuffer head) {
        int flags = flags(head);
        if ((flags & TERMS) == 0) {
            return Terms.NONE;
        }
        ByteBuffer behind = head.duplicate();
        takeFlags(behind);
        skipToTerms(behind, flags);
        KeyDigest id = (flags & IDENTIFIED) == 0 ? null : KeyDigest.read(behind);
        Expected expected = (flags & EXPECTING) == 0 ? null : Expected.read(behind);
        long asked = (flags & ASKING) == 0 ? Terms.NOBODY : HeadReader.number(behind);
        byte @Nullable [] subject = (flags & SUBJECT) == 0 ? null : new HeadReader(behind).blob();
        Replaces replaces =
                (flags & REPLACING) == 0 ? Replaces.NOTHING : Replaces.ALL.get(behind.get());
        return new Terms(id, expected, asked, subject, replaces);
    }

    private static void skipTerms(ByteBuffer head, int flags) {
        if ((flags & IDENTIFIED) != 0) {
            head.position(head.position() + KeyDigest.BYTES);
        }
        if ((flags & EXPECTING) != 0) {
            Expected.skip(head);
        }
        if ((flags & ASKING) != 0) {
            HeadReader.number(head);
        }
        if ((flags & SUBJECT) != 0) {
            skipBlob(head);
        }
        if ((flags & REPLACING) != 0) {
            head.get();
        }
    }

    private static void skipToTerms(ByteBuffer head, int flags) {
        skipTimes(head, flags);
        if ((flags & PRIORITY) != 0) {
            head.get();
        }
        if ((flags & DELAY) != 0) {
            HeadReader.number(head);
        }
    }

    private static void skipTimes(ByteBuffer head, int flags) {
        if ((flags & TIMESTAMP) != 0) {
            HeadReader.number(head);
        }
        if ((flags & TIME_TO_LIVE) != 0) {
            HeadReader.number(head);
        }
    }

    /// The hashes of the keys that it is ordered by, one for each stream; or null for none. Does
    /// not move the head.
    public static @Nullable ByteBuffer keyHashes(ByteBuffer head) {
        if ((flags(head) & ORDERED) == 0) {
            return null;
        }
        ByteBuffer hashes = head.duplicate();
        skipNumbers(hashes, streams(hashes));
        return hashes;
    }

    /// Of which key it is for each stream; read with [KeyDigest#optional], null for none. Does not
    /// move the head.
    public static @Nullable ByteBuffer versionKeys(ByteBuffer head) {
        int flags = flags(head);
        if ((flags & VERSIONED) == 0) {
            return null;
        }
        ByteBuffer keys = head.duplicate();
        int count = streams(keys);
        skipNumbers(keys, (flags & ORDERED) == 0 ? count : 2 * count);
        return keys;
    }

    private static void skipNumbers(ByteBuffer head, int count) {
        for (int left = count; left > 0; left--) {
            HeadReader.number(head);
        }
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
        byte @Nullable [] key = recordKey(head);
        return key == null ? 0 : keyHash(key);
    }

    /// The record's own key, or null where it has none. Does not move the head.
    public static byte @Nullable [] recordKey(ByteBuffer head) {
        return content(head.duplicate(), head).envelope().key();
    }

    /// Whether a guard may suppress it. Does not move the head.
    public static boolean guarded(ByteBuffer head) {
        return (flags(head) & GUARDED) != 0;
    }

    /// Where a message was published to, of one without a trail; null where it is not known. Does
    /// not move the head.
    public static @Nullable Origin origin(ByteBuffer head) {
        ByteBuffer in = head.duplicate();
        int flags = takeFlags(in);
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
        skipToTerms(head, flags);
        skipTerms(head, flags);
        if ((flags & KEY) != 0) {
            skipBlob(head);
        }
    }

    /// Moves the head to the first stream id and gives how many there are; read them with
    /// [HeadReader#number(ByteBuffer)].
    public static int streams(ByteBuffer head) {
        int flags = takeFlags(head);
        skipTo(head, flags);
        if ((flags & (ORIGIN | TRAIL)) != 0) {
            skipBlob(head);
        }
        return (int) HeadReader.number(head);
    }
}
