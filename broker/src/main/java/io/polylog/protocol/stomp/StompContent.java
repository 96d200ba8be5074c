package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.polylog.protocol.stomp.StompFrame.Headers;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Set;

/// A stored STOMP message, read in place. The form on disk, version 1, numbers big-endian:
///
/// ```
/// 1 byte    version = 1
/// 4 bytes   length of the destination, then the destination
/// 4 bytes   number of headers; of each: 4 bytes and the name, 4 bytes and the value
/// rest      body
/// ```
///
/// Text is UTF-8 without escapes, which each version has its own of. Immutable; one thread.
final class StompContent {
    static final byte VERSION = 1;

    /// What a frame says beside the message, or what the broker says of a delivery.
    private static final Set<String> NOT_KEPT =
            Set.of(
                    "destination",
                    "receipt",
                    "transaction",
                    "content-length",
                    "subscription",
                    "ack",
                    "redelivered",
                    "message-id");

    private final ByteBuffer bytes;
    private final int headersAt;
    private final int bodyAt;

    private StompContent(ByteBuffer bytes, int headersAt, int bodyAt) {
        this.bytes = bytes;
        this.headersAt = headersAt;
        this.bodyAt = bodyAt;
    }

    /// Whether a message may have a header of that name.
    static boolean isKept(String name) {
        return !NOT_KEPT.contains(name);
    }

    /// A message as it is stored.
    ///
    /// @param headers all of them are kept
    static ByteBuffer of(String destination, Headers headers, ByteBuffer body) {
        var head = new ByteArrayOutputStream(256);
        head.write(VERSION);
        write(head, destination);
        number(head, headers.size());
        for (int i = 0; i < headers.size(); i++) {
            write(head, headers.name(i));
            write(head, headers.value(i));
        }
        ByteBuffer stored = ByteBuffer.allocate(head.size() + body.remaining());
        return stored.put(head.toByteArray()).put(body.duplicate()).flip();
    }

    private static void write(ByteArrayOutputStream out, String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        number(out, utf8.length);
        out.write(utf8, 0, utf8.length);
    }

    private static void number(ByteArrayOutputStream out, int number) {
        out.write(number >>> 24);
        out.write(number >>> 16);
        out.write(number >>> 8);
        out.write(number);
    }

    /// @throws IllegalArgumentException if the bytes are not of this form
    static StompContent wrap(ByteBuffer stored) {
        ByteBuffer bytes = stored.slice();
        try {
            if (bytes.get(0) != VERSION) {
                throw new IllegalArgumentException(
                        "stored STOMP message of unknown version " + bytes.get(0));
            }
            int headersAt = skip(bytes, 1);
            int count = bytes.getInt(headersAt);
            int at = headersAt + 4;
            for (int i = 0; i < 2L * count; i++) {
                at = skip(bytes, at);
            }
            if (count < 0 || at > bytes.limit()) {
                throw new IndexOutOfBoundsException();
            }
            return new StompContent(bytes, headersAt, at);
        } catch (IndexOutOfBoundsException cutShort) {
            throw new IllegalArgumentException("stored STOMP message is cut short");
        }
    }

    /// Where a text ends that begins at this place with its length.
    private static int skip(ByteBuffer bytes, int at) {
        int length = bytes.getInt(at);
        if (length < 0 || length > bytes.limit() - at - 4) {
            throw new IndexOutOfBoundsException();
        }
        return at + 4 + length;
    }

    String destination() {
        return text(1);
    }

    private String text(int at) {
        return new String(raw(at), UTF_8);
    }

    private byte[] raw(int at) {
        byte[] text = new byte[bytes.getInt(at)];
        bytes.get(at + 4, text);
        return text;
    }

    Headers headers() {
        Headers headers = new Headers();
        int at = headersAt + 4;
        while (at < bodyAt) {
            int value = skip(bytes, at);
            headers.add(text(at), text(value));
            at = skip(bytes, value);
        }
        return headers;
    }

    ByteBuffer body() {
        return bytes.slice(bodyAt, bytes.limit() - bodyAt);
    }

    /// Ends a frame that was begun: with these headers and this body.
    void writeTo(ByteBuf out, StompVersion version) {
        int at = headersAt + 4;
        while (at < bodyAt) {
            int value = skip(bytes, at);
            StompWriter.escaped(out, version, raw(at), true);
            out.writeByte(':');
            StompWriter.escaped(out, version, raw(value), false);
            out.writeByte('\n');
            at = skip(bytes, value);
        }
        ByteBuffer body = body();
        StompWriter.plain(out, "content-length", "", body.remaining());
        out.writeByte('\n').writeBytes(body).writeByte(0);
    }
}
