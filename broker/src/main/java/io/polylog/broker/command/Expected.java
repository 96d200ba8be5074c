package io.polylog.broker.command;

import io.polylog.broker.Publication.Scope;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// What a message's sender takes to be the newest message, as the head of its publish says it.
///
/// @param of among which messages
/// @param offset that the newest has, or -1 for none
/// @param stream which of the publish's streams decides for all of them, or [#EACH]: the only one
/// @param key digest of the key that it is about, or null: the message's own
/// @param subject that key itself, or the pattern, where a stream knows messages by their subjects;
///   else null
public record Expected(
        Scope of, long offset, long stream, @Nullable KeyDigest key, byte @Nullable [] subject) {
    /// No stream is named: each decides for itself.
    public static final long EACH = -1;

    /// Bits above the scope, from version 4 of the head on: what follows the offset.
    private static final int STREAM = 0x10;

    private static final int KEY = 0x20;
    private static final int SUBJECT = 0x40;
    private static final int SCOPE = 0x0F;

    /// Of the message's only stream, and its own key.
    public Expected(Scope of, long offset) {
        this(of, offset, EACH, null);
    }

    /// Where no stream knows messages by their subjects.
    public Expected(Scope of, long offset, long stream, @Nullable KeyDigest key) {
        this(of, offset, stream, key, null);
    }

    /// Whether versions of the head before the fourth have no place for it.
    boolean isLong() {
        return stream != EACH || key != null || of == Scope.ANY;
    }

    void encode(HeadWriter out) {
        byte @Nullable [] named = subject;
        int also =
                (stream == EACH ? 0 : STREAM)
                        | (key == null ? 0 : KEY)
                        | (named == null ? 0 : SUBJECT);
        out.octet(Scope.ALL.indexOf(of) | also).signed(offset);
        if (stream != EACH) {
            out.number(stream);
        }
        if (key != null) {
            key.encode(out);
        }
        if (named != null) {
            out.blob(named);
        }
    }

    static Expected read(ByteBuffer head) {
        HeadReader in = new HeadReader(head);
        int said = in.octet();
        Scope of = Scope.ALL.get(said & SCOPE);
        long offset = in.signed();
        long stream = (said & STREAM) == 0 ? EACH : in.number();
        return new Expected(
                of,
                offset,
                stream,
                (said & KEY) == 0 ? null : KeyDigest.read(head),
                (said & SUBJECT) == 0 ? null : in.blob());
    }

    static void skip(ByteBuffer head) {
        int said = head.get();
        HeadReader.number(head);
        if ((said & STREAM) != 0) {
            HeadReader.number(head);
        }
        if ((said & KEY) != 0) {
            head.position(head.position() + KeyDigest.BYTES);
        }
        if ((said & SUBJECT) != 0) {
            int length = (int) HeadReader.number(head);
            head.position(head.position() + length);
        }
    }
}
