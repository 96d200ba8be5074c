package io.polylog.protocol.nats.jetstream.consumers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.jetstream.api.Replies;
import java.nio.ByteBuffer;

/// Stored messages as a consumer sends them. Immutable; any thread.
///
/// @param headersOnly whether their payload stays behind
public record Packing(boolean headersOnly) {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /// Of an acknowledgement's subject but for the names in it, about.
    private static final int ACK_SUBJECT_CHARS = 64;

    /// As max_bytes counts.
    ///
    /// @param namesLength of the stream's and the consumer's names together
    long size(NatsContent message, int namesLength) {
        return (long) message.subjectLength()
                + message.headersLength()
                + (headersOnly ? 0 : message.payloadLength())
                + namesLength
                + ACK_SUBJECT_CHARS;
    }

    /// A message with the subject on which it is acknowledged.
    ///
    /// @param more lines of headers, or ""
    ByteBuffer packed(NatsContent message, String ack, String more) {
        if (!headersOnly && more.isEmpty()) {
            return message.replyingTo(ack.getBytes(UTF_8));
        }
        String lines = more;
        ByteBuffer payload = message.payload();
        if (headersOnly) {
            String size = "Nats-Msg-Size: " + payload.remaining();
            lines = lines.isEmpty() ? size : lines + "\r\n" + size;
            payload = NOTHING;
        }
        return NatsContent.of(message.subject(), ack, Replies.headers(message, lines), payload);
    }
}
