package io.polylog.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// How a connection becomes a WebSocket (RFC 6455, section 4.2). Stateless; any thread.
final class Handshake {
    static final String VERSION = "13";
    private static final String SECRET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;

    private Handshake() {}

    /// Refuses what does not ask for one.
    ///
    /// @throws Refusal 400 or 426
    static void require(Request request) {
        boolean asks =
                request.method().equals("GET")
                        && has(request.header("Connection"), "upgrade")
                        && has(request.header("Upgrade"), "websocket");
        if (!asks) {
            throw new Refusal(
                    Status.UPGRADE_REQUIRED,
                    "HTTP",
                    "this is for WebSocket",
                    "connect with a client of WebSocket, such as a browser's");
        }
        if (!VERSION.equals(request.header("Sec-WebSocket-Version"))) {
            throw new Refusal(
                    Status.UPGRADE_REQUIRED, "HTTP", "Sec-WebSocket-Version: not 13", null);
        }
        if (!isKey(request.header("Sec-WebSocket-Key"))) {
            throw new Refusal(Status.BAD_REQUEST, "HTTP", "Sec-WebSocket-Key: this is none", null);
        }
    }

    private static boolean has(@Nullable String list, String word) {
        if (list != null) {
            for (String each : list.split(",", -1)) {
                if (each.strip().equalsIgnoreCase(word)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isKey(@Nullable String said) {
        try {
            return said != null && Base64.getDecoder().decode(said.strip()).length == KEY_BYTES;
        } catch (IllegalArgumentException bad) {
            return false;
        }
    }

    /// What is answered to a request's key.
    static String accept(Request request) {
        String key = String.valueOf(request.header("Sec-WebSocket-Key")).strip();
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest((key + SECRET).getBytes(ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this Java has no SHA-1", missing);
        }
    }
}
