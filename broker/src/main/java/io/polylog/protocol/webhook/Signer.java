package io.polylog.protocol.webhook;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs posts as Standard Webhooks 1.0 says ("Signature scheme"): HMAC-SHA256 over id, time and
/// body, by each secret, so that the receiver may know either while they are changed. On one
/// thread.
final class Signer {
    /// What a secret begins with; base64 of its bytes follows.
    static final String PREFIX = "whsec_";

    /// Bytes of a secret that is made here.
    static final int MADE_BYTES = 32;

    private static final int LEAST_BYTES = 24;
    private static final int MOST_BYTES = 64;
    private static final String ALGORITHM = "HmacSHA256";

    private final List<Mac> macs = new ArrayList<>();

    /// @param secrets as [#bytes] takes them, the newest first
    Signer(List<String> secrets) {
        for (String secret : secrets) {
            macs.add(mac(bytes(secret)));
        }
    }

    /// A secret's bytes.
    ///
    /// @throws IllegalArgumentException where it is none; it is not repeated
    static byte[] bytes(String secret) {
        byte[] bytes = {};
        if (secret.startsWith(PREFIX)) {
            try {
                bytes = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
            } catch (IllegalArgumentException bad) {
                throw notOne();
            }
        }
        if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES) {
            throw notOne();
        }
        return bytes;
    }

    private static IllegalArgumentException notOne() {
        return new IllegalArgumentException(
                "secrets: one is whsec_ and base64 of "
                        + LEAST_BYTES
                        + " to "
                        + MOST_BYTES
                        + " bytes");
    }

    /// A secret of these bytes.
    static String secret(byte[] bytes) {
        return PREFIX + Base64.getEncoder().encodeToString(bytes);
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            return mac;
        } catch (InvalidKeyException e) {
            throw notOne();
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, missing);
        }
    }

    /// The value of `webhook-signature`.
    ///
    /// @param id of the message, without a dot
    /// @param timestamp seconds since 1970
    String signature(String id, long timestamp, byte[] body) {
        byte[] first = (id + "." + timestamp + ".").getBytes(US_ASCII);
        StringBuilder all = new StringBuilder();
        for (Mac mac : macs) {
            mac.update(first);
            String signed = Base64.getEncoder().encodeToString(mac.doFinal(body));
            all.append(all.isEmpty() ? "v1," : " v1,").append(signed);
        }
        return all.toString();
    }
}
