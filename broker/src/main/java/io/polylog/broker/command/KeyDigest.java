package io.polylog.broker.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
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

    /// Longer keys are not remembered.
    private static final int SHORT_BYTES = 256;

    private static final ThreadLocal<Hash> HASH = ThreadLocal.withInitial(Hash::new);

    /// The function, which takes longer to find than to use, and what it was used for last: many
    /// messages of one key follow each other.
    private static final class Hash {
        private final MessageDigest function = newHash();
        private byte[] last = {};
        private KeyDigest digest = read(ByteBuffer.wrap(function.digest(last)));

        KeyDigest of(byte[] bytes) {
            if (Arrays.equals(bytes, last)) {
                return digest;
            }
            KeyDigest fresh = read(ByteBuffer.wrap(function.digest(bytes)));
            if (bytes.length <= SHORT_BYTES) {
                last = bytes.clone();
                digest = fresh;
            }
            return fresh;
        }
    }

    public static KeyDigest of(String text) {
        return of(text.getBytes(UTF_8));
    }

    public static KeyDigest of(byte[] bytes) {
        return HASH.get().of(bytes);
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
