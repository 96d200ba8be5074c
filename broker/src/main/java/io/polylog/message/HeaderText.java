package io.polylog.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A header's value as the text a person would write, for protocols that have text only. Stateless;
/// any thread.
public final class HeaderText {
    private HeaderText() {}

    /// Lists and maps as JSON; bytes as the text that they are, else in base64; null as "".
    public static String of(@Nullable Object value) {
        return switch (value) {
            case null -> "";
            case byte[] bytes -> text(bytes);
            case List<?> list -> json(list);
            case Map<?, ?> map -> json(map);
            default -> plain(value);
        };
    }

    private static String text(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException binary) {
            return Base64.getEncoder().encodeToString(bytes);
        }
    }

    private static String plain(Object value) {
        return value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString();
    }

    private static String json(Object value) {
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
