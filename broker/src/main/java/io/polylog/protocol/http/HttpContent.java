package io.polylog.protocol.http;

import io.polylog.message.Message;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A stored HTTP message. The form on disk, version 1, numbers big-endian:
///
/// ```
/// 1 byte    version = 1
/// 4 bytes   length of the head, then the head: JSON in UTF-8, the members of `Said` but its body
/// rest      body
/// ```
///
/// @param head what it says
/// @param body as it was sent; empty for a tombstone
record HttpContent(Said head, ByteBuffer body) {
    private static final byte VERSION = 1;
    private static final int FIXED_BYTES = 1 + 4;

    /// A message as it is stored.
    static ByteBuffer of(Message message) {
        return of(head(message), message.body());
    }

    /// What is stored before a message's body.
    static byte[] head(Message message) {
        return Json.bytes(Said.head(message));
    }

    /// As [#of(Message)], with a head that several have.
    static ByteBuffer of(byte[] head, @Nullable ByteBuffer body) {
        ByteBuffer stored =
                ByteBuffer.allocate(
                        FIXED_BYTES + head.length + (body == null ? 0 : body.remaining()));
        stored.put(VERSION).putInt(head.length).put(head);
        if (body != null) {
            stored.put(body.duplicate());
        }
        return stored.flip();
    }

    /// Reads one.
    ///
    /// @throws IllegalArgumentException if the bytes are not of this form
    static HttpContent wrap(ByteBuffer stored) {
        ByteBuffer bytes = stored.slice();
        if (bytes.remaining() < FIXED_BYTES) {
            throw new IllegalArgumentException("stored HTTP message is cut short");
        }
        byte version = bytes.get();
        if (version != VERSION) {
            throw new IllegalArgumentException("stored HTTP message of unknown version " + version);
        }
        int length = bytes.getInt();
        if (length < 0 || length > bytes.remaining()) {
            throw new IllegalArgumentException("stored HTTP message is cut short");
        }
        byte[] head = new byte[length];
        bytes.get(head);
        Said said = Json.stored(head, Said.class);
        if (said == null) {
            throw new IllegalArgumentException("stored HTTP message has no head");
        }
        return new HttpContent(said, bytes.slice());
    }

    String subject() {
        return head.subject() == null ? "" : head.subject();
    }

    Message message() {
        return head.message(subject(), Boolean.TRUE.equals(head.tombstone()) ? null : body);
    }

    @Nullable String messageId() {
        return head.messageId();
    }
}
