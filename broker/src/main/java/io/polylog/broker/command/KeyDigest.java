package io.polylog.broker.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/// Stands for an id or a key of any length: the first 128 bits of its SHA-256, so that nobody finds
/// two of one digest.
///
/// @param high its first 64 bits
/// @param low the others
public record KeyDigest(long high, long low) {
    /// Bytes it takes in a head.
    static final int BYTES = 16;

    private static final KeyDigest NONE = new KeyDigest(0, 0);

    /// To find one takes longer than to use it.
    private static final ThreadLocal<MessageDigest> HASH =
            ThreadLocal.withInitial(KeyDigest::newHash);

    public static KeyDigest of(String text) {
        return of(text.getBytes(UTF_8));
    }

    public static KeyDigest of(byte[] bytes) {
        return read(ByteBuffer.wrap(HASH.get().digest(bytes)));
    }

    private static MessageDigest newHash() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        }
    }

    void encode(HeadWriter out) {
        out.fixed(high).fixed(low);
    }

    static void encodeOptional(HeadWriter out, @Nullable KeyDigest digest) {
        (digest == null ? NONE : digest).encode(out);
    }

    /// Reads one that may be missing.
    public static @Nullable KeyDigest optional(ByteBuffer in) {
        KeyDigest digest = read(in);
        return digest.equals(NONE) ? null : digest;
    }

    static KeyDigest read(ByteBuffer in) {
        return new KeyDigest(in.getLong(), in.getLong());
    }
}
