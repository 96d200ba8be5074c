package io.polylog.protocol.nats.jetstream;

import io.polylog.protocol.nats.NatsContent;
import java.nio.ByteBuffer;

/// Stored messages as a consumer sends them. Immutable; any thread.
///
/// @param headersOnly whether their payload stays behind
record Packing(boolean headersOnly) {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /// Of an acknowledgement's subject but for the names in it, about.
    private static final int ACK_SUBJECT_CHARS = 64;

    /// As max_bytes counts.
    ///
    /// @param names of the stream and the consumer together
    long size(NatsContent message, String names) {
        return (long) message.subject().length()
                + message.headersLength()
                + (headersOnly ? 0 : message.payload().remaining())
                + names.length()
                + ACK_SUBJECT_CHARS;
    }

    /// A message with the subject on which it is acknowledged.
    ///
    /// @param more lines of headers, or ""
    ByteBuffer packed(NatsContent message, String ack, String more) {
        String lines = more;
        ByteBuffer payload = message.payload();
        if (headersOnly) {
            String size = "Nats-Msg-Size: " + payload.remaining();
            lines = lines.isEmpty() ? size : lines + "\r\n" + size;
            payload = NOTHING;
        }
        byte[] headers = lines.isEmpty() ? message.headers() : Replies.headers(message, lines);
        return NatsContent.of(message.subject(), ack, headers, payload);
    }
}
