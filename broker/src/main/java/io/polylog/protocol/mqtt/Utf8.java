package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/// Text as MQTT has it (section 1.5.4): UTF-8 without U+0000, nothing replaced.
final class Utf8 {
    private Utf8() {}

    /// Reads text with its length ahead.
    static String read(ByteBuf in) {
        return text(bytes(in));
    }

    /// Reads bytes with their length ahead.
    static byte[] bytes(ByteBuf in) {
        int length = in.readUnsignedShort();
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }

    static String text(byte[] bytes) {
        boolean ascii = true;
        for (byte each : bytes) {
            if (each == 0) {
                throw MqttException.malformed("U+0000 in text");
            }
            ascii &= each > 0;
        }
        if (ascii) {
            return new String(bytes, ISO_8859_1);
        }
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException malformed) {
            throw MqttException.malformed("text that is not UTF-8");
        }
    }

    /// Writes text with its length ahead.
    static void write(ByteBuf out, String text) {
        write(out, text.getBytes(UTF_8));
    }

    static void write(ByteBuf out, byte[] bytes) {
        if (bytes.length > 0xffff) {
            throw new IllegalArgumentException("text of " + bytes.length + " bytes");
        }
        out.writeShort(bytes.length).writeBytes(bytes);
    }
}
