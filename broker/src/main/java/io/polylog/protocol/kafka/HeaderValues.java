package io.polylog.protocol.kafka;

import io.polylog.message.HeaderText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
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
            default -> bytes(HeaderText.of(value));
        };
    }
}
