package io.polylog.protocol.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.http.Percent;
import java.util.Locale;

/// Text that becomes part of a request's head: nothing in it can end a line. Stateless; any thread.
final class FieldText {
    private static final String TOKEN = "!#$&'*+-.^_`|~";

    private FieldText() {}

    /// A value: printable ASCII as it is, all else in percent-encoding.
    static String value(String text) {
        if (isPlain(text)) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length() + 16);
        byte[] bytes = text.getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            boolean inside = i > 0 && i < bytes.length - 1;
            boolean plain = bytes[i] > ' ' && bytes[i] < 0x7f && bytes[i] != '%';
            Percent.append(out, bytes[i], plain || (bytes[i] == ' ' && inside));
        }
        return out.toString();
    }

    /// Whether a value stands as it is.
    static boolean isPlain(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != '%')
                && text.strip().length() == text.length();
    }

    /// A part of a header's name, in lower case; what no name may have is in percent-encoding.
    static String name(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (byte each : text.toLowerCase(Locale.ROOT).getBytes(UTF_8)) {
            Percent.append(out, each, isOfName(each));
        }
        return out.toString();
    }

    /// Whether it is a header's name (RFC 9110, section 5.6.2).
    static boolean isName(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c == '%' || isOfName(c));
    }

    private static boolean isOfName(int c) {
        return isAlphanumeric(c) || TOKEN.indexOf(c) >= 0;
    }

    private static boolean isAlphanumeric(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /// An id of a message for `webhook-id`: dots stand between the parts of what is signed, so it
    /// has none.
    static String id(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (byte each : text.getBytes(UTF_8)) {
            Percent.append(out, each, each == ':' || (each != '.' && Percent.isUnreserved(each)));
        }
        return out.toString();
    }
}
