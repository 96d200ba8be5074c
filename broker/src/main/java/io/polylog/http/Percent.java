package io.polylog.http;

import static java.nio.charset.StandardCharsets.UTF_8;

/// Percent-encoding (RFC 3986, section 2.1). Stateless; any thread.
public final class Percent {
    private static final String HEX = "0123456789ABCDEF";

    private Percent() {}

    /// Bytes of a path segment: all but unreserved ones (section 2.3) in percent-encoding.
    public static String segment(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (byte each : text.getBytes(UTF_8)) {
            append(out, each, isUnreserved(each));
        }
        return out.toString();
    }

    /// Whether a byte stands for itself everywhere (section 2.3).
    public static boolean isUnreserved(byte c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    /// Appends a byte.
    ///
    /// @param plain whether it stands as it is
    public static void append(StringBuilder out, byte each, boolean plain) {
        if (plain) {
            out.append((char) each);
        } else {
            out.append('%').append(HEX.charAt((each & 0xff) >> 4)).append(HEX.charAt(each & 15));
        }
    }
}
