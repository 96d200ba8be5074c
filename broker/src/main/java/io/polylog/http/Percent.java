package io.polylog.http;

/// Percent-encoding (RFC 3986, section 2.1). Stateless; any thread.
public final class Percent {
    private static final String HEX = "0123456789ABCDEF";

    private Percent() {}

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
