package io.polylog.protocol.amqp091;

import io.polylog.protocol.amqp091.AmqpFrame.BasicPublish;
import io.polylog.protocol.amqp091.AmqpFrame.ContentBody;
import io.polylog.protocol.amqp091.AmqpFrame.ContentHeader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Puts together one message from basic.publish, its content header and its body frames, straight
/// into the form in which it is stored ([AmqpContent]). One per channel; on its loop.
///
/// Memory follows the bytes that arrived, not the size that was claimed: a header alone takes at
/// most 4 KiB more than itself.
final class ContentAssembly {
    private static final int ROOM_AHEAD = 4096;
    private static final byte[] NOTHING = {};

    private final int maxBodyBytes;
    private @Nullable BasicPublish publish;
    private byte[] stored = NOTHING;
    private int propertiesAt;
    private int bodyAt;
    private int length;

    /// Length when whole; -1 until the header has come.
    private int total = -1;

    /// @param maxBodyBytes larger messages end the channel
    ContentAssembly(int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
    }

    /// Whether a publish waits for its header or body.
    boolean expecting() {
        return publish != null;
    }

    void begin(BasicPublish method) {
        publish = ReplyAddress.resolved(method);
        total = -1;
    }

    /// Takes the header. The message is whole at once if it has no body.
    ///
    /// @return the message once it is whole, else null
    @Nullable Assembled header(ContentHeader header) {
        BasicPublish method = publish;
        if (method == null || total >= 0) {
            throw AmqpException.of(
                    ReplyCode.UNEXPECTED_FRAME,
                    "expected method frame, got content header frame instead");
        }
        if (header.bodySize() > maxBodyBytes) {
            throw AmqpException.of(
                    ReplyCode.PRECONDITION_FAILED,
                    "message size "
                            + header.bodySize()
                            + " is larger than configured max size "
                            + maxBodyBytes);
        }
        int bodySize = (int) header.bodySize();
        byte[] exchange = method.exchange().bytes();
        byte[] key = method.routingKey().bytes();
        propertiesAt = 3 + exchange.length + key.length + 4;
        bodyAt = propertiesAt + header.length();
        total = bodyAt + bodySize;
        int arrived = header.buffer().writerIndex() - header.start() - header.length();
        stored = new byte[bodyAt + Math.min(bodySize, Math.max(ROOM_AHEAD, arrived))];
        stored[0] = AmqpContent.VERSION;
        int at = putShort(putShort(1, exchange), key);
        putInt(at, header.length());
        header.buffer().getBytes(header.start(), stored, propertiesAt, header.length());
        length = bodyAt;
        return wholeOrNull(method);
    }

    private int putShort(int at, byte[] bytes) {
        stored[at] = (byte) bytes.length;
        System.arraycopy(bytes, 0, stored, at + 1, bytes.length);
        return at + 1 + bytes.length;
    }

    private void putInt(int at, int value) {
        stored[at] = (byte) (value >> 24);
        stored[at + 1] = (byte) (value >> 16);
        stored[at + 2] = (byte) (value >> 8);
        stored[at + 3] = (byte) value;
    }

    /// Takes a part of the body.
    ///
    /// @return the message once it is whole, else null
    @Nullable Assembled body(ContentBody body) {
        BasicPublish method = publish;
        if (method == null || total < 0) {
            throw AmqpException.of(
                    ReplyCode.UNEXPECTED_FRAME,
                    method == null
                            ? "expected method frame, got content body frame instead"
                            : "expected content header for class 60, got content body frame"
                                    + " instead");
        }
        if (body.length() > total - length) {
            throw AmqpException.of(
                    ReplyCode.FRAME_ERROR, "content body is longer than its header said");
        }
        if (length + body.length() > stored.length) {
            grow(length + body.length());
        }
        body.buffer().getBytes(body.start(), stored, length, body.length());
        length += body.length();
        return wholeOrNull(method);
    }

    private void grow(int needed) {
        int doubled = (int) Math.min(total, 2L * stored.length);
        stored = Arrays.copyOf(stored, Math.max(needed, doubled));
    }

    private @Nullable Assembled wholeOrNull(BasicPublish method) {
        if (length < total) {
            return null;
        }
        Assembled whole = new Assembled(method, stored, propertiesAt, bodyAt);
        reset();
        return whole;
    }

    /// Forgets what has come so far.
    void reset() {
        publish = null;
        stored = NOTHING;
        total = -1;
    }

    /// A whole message.
    ///
    /// @param stored in the form of [AmqpContent], filled to the end
    /// @param propertiesAt where the property flags begin
    /// @param bodyAt where they end and the body begins
    record Assembled(BasicPublish method, byte[] stored, int propertiesAt, int bodyAt) {}
}
