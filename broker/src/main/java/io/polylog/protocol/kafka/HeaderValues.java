package io.polylog.protocol.kafka;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Header values: bytes in Kafka, typed in the neutral message. Bytes that are readable text become
/// text; every typed value becomes the text a person would write. Stateless; any thread.
final class HeaderValues {
    private HeaderValues() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// Text where the bytes are UTF-8 without control characters, else the bytes.
    static @Nullable Object neutral(byte @Nullable [] value) {
        if (value == null) {
            return null;
        }
        try {
            String text =
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(value)).toString();
            return text.chars().anyMatch(HeaderValues::control) ? value : text;
        } catch (CharacterCodingException e) {
            return value;
        }
    }

    private static boolean control(int character) {
        return Character.isISOControl(character)
                && character != '\n'
                && character != '\r'
                && character != '\t';
    }

    /// The bytes of a neutral value.
    static byte @Nullable [] kafka(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case byte[] bytes -> bytes;
            case List<?> list -> bytes(json(list));
            case Map<?, ?> map -> bytes(json(map));
            default -> bytes(plain(value));
        };
    }

    private static String plain(Object value) {
        return value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString();
    }

    private static String json(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        json(out, value);
        return out.toString();
    }

    private static void json(StringBuilder out, @Nullable Object value) {
        switch (value) {
            case null -> out.append("null");
            case List<?> list -> {
                out.append('[');
                String comma = "";
                for (Object element : list) {
                    out.append(comma);
                    json(out, element);
                    comma = ",";
                }
                out.append(']');
            }
            case Map<?, ?> map -> {
                out.append('{');
                String comma = "";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(comma);
                    quote(out, String.valueOf(entry.getKey()));
                    out.append(':');
                    json(out, entry.getValue());
                    comma = ",";
                }
                out.append('}');
            }
            case byte[] bytes -> quote(out, Base64.getEncoder().encodeToString(bytes));
            case Boolean truth -> out.append(truth);
            case Number number when finite(number) -> out.append(plain(number));
            default -> quote(out, value.toString());
        }
    }

    private static boolean finite(Number number) {
        return !(number instanceof Double || number instanceof Float)
                || Double.isFinite(number.doubleValue());
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        text.chars()
                .forEach(c -> {
                    if (c == '"' || c == '\\') {
                        out.append('\\').append((char) c);
                    } else if (c < ' ') {
                        out.append("\\u%04x".formatted(c));
                    } else {
                        out.append((char) c);
                    }
                });
        out.append('"');
    }
}
