package io.polylog.http.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.http.Percent;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The binary mode of the HTTP protocol binding, section 3.1: attributes are headers `ce-NAME`, the
/// data is the body, and its type is `content-type`. Stateless; any thread.
public final class HttpBinding {
    /// What the headers of attributes begin with.
    public static final String PREFIX = "ce-";

    private static final String CONTENT_TYPE = "content-type";

    private HttpBinding() {}

    /// The headers of an event, in lower case, `content-type` among them where it has one.
    public static Map<String, String> headers(CloudEvent event) {
        Map<String, String> headers = new LinkedHashMap<>();
        event.attributes()
                .forEach((name, value) -> {
                    if (name.equals(CloudEvent.DATACONTENTTYPE)) {
                        headers.put(CONTENT_TYPE, value.toString());
                    } else {
                        headers.put(PREFIX + name, encoded(value.toString()));
                    }
                });
        return headers;
    }

    /// Whether a request's headers are those of an event in binary mode.
    ///
    /// @param headers by name in lower case
    public static boolean isBinary(Map<String, String> headers) {
        return headers.containsKey(PREFIX + CloudEvent.SPECVERSION);
    }

    /// The event of a request in binary mode. All its attributes are text.
    ///
    /// @param headers by name in lower case
    /// @param body of it, or null for none
    /// @throws IllegalArgumentException naming what makes no sense
    public static CloudEvent event(Map<String, String> headers, @Nullable ByteBuffer body) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        headers.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith(PREFIX)) {
                attributes.put(lower.substring(PREFIX.length()), decoded(value));
            } else if (lower.equals(CONTENT_TYPE)) {
                attributes.put(CloudEvent.DATACONTENTTYPE, value);
            }
        });
        return new CloudEvent(attributes, body);
    }

    /// Text as a header has it (section 3.1.3.2): no character of it can end a header.
    public static String encoded(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        for (byte each : text.getBytes(UTF_8)) {
            boolean plain = each > ' ' && each < 0x7f && each != '"' && each != '%';
            Percent.append(out, each, plain);
        }
        return out.toString();
    }

    /// The text of a header.
    ///
    /// @throws IllegalArgumentException where it is not UTF-8
    static String decoded(String value) {
        String text = unquoted(value);
        if (text.indexOf('%') < 0) {
            return text;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
        byte[] bytes = text.getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            int octet = bytes[i] == '%' && i + 2 < bytes.length ? octet(bytes, i + 1) : -1;
            out.write(octet < 0 ? bytes[i] : octet);
            i += octet < 0 ? 0 : 2;
        }
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(out.toByteArray())).toString();
        } catch (CharacterCodingException notText) {
            throw new IllegalArgumentException("a header is no UTF-8: " + value, notText);
        }
    }

    private static int octet(byte[] bytes, int at) {
        int high = Character.digit(bytes[at], 16);
        int low = Character.digit(bytes[at + 1], 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    /// Senders of older versions put values between quotation marks.
    private static String unquoted(String value) {
        boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1") : value;
    }
}
