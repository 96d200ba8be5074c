package io.polylog.security;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;

/// A password as PBKDF2 with HMAC-SHA256 made it unreadable, in the form Django and others write:
/// `pbkdf2_sha256$ITERATIONS$SALT$HASH`, the salt as it is and the 32 bytes of the hash in base64.
/// Immutable.
public final class PasswordHash {
    private static final String ALGORITHM = "pbkdf2_sha256";
    private static final int PARTS = 4;
    private static final int HASH_BYTES = 32;
    private static final int LEAST_ITERATIONS = 10_000;
    private static final int MOST_ITERATIONS = 10_000_000;

    private final int iterations;
    private final byte[] salt;
    private final byte[] hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash) {
        this.iterations = iterations;
        this.salt = salt;
        this.hash = hash;
    }

    /// Reads one.
    ///
    /// @throws IllegalArgumentException if it is none; the message does not repeat it
    public static PasswordHash parse(String text) {
        String[] parts = text.split("\\$", -1);
        if (parts.length != PARTS || !parts[0].equals(ALGORITHM) || parts[2].isEmpty()) {
            throw new IllegalArgumentException("no password hash");
        }
        int iterations = Integer.parseInt(parts[1]);
        byte[] hash = Base64.getDecoder().decode(parts[3]);
        if (iterations < LEAST_ITERATIONS
                || iterations > MOST_ITERATIONS
                || hash.length != HASH_BYTES) {
            throw new IllegalArgumentException("password hash out of range");
        }
        return new PasswordHash(iterations, parts[2].getBytes(UTF_8), hash);
    }

    /// Whether it is this password's. Takes as long as the iterations do: tenths of a second.
    ///
    /// @param password UTF-8
    public boolean matches(byte[] password) {
        return password.length > 0 && MessageDigest.isEqual(derive(password), hash);
    }

    private byte[] derive(byte[] password) {
        char[] characters = new String(password, UTF_8).toCharArray();
        PBEKeySpec spec = new PBEKeySpec(characters, salt, iterations, HASH_BYTES * 8);
        try {
            return SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("this Java has no PBKDF2", missing);
        } finally {
            spec.clearPassword();
            Arrays.fill(characters, ' ');
        }
    }
}
