package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/// A stored NATS message, read in place. The form on disk, version 1, numbers big-endian:
///
/// ```
/// 1 byte    version = 1
/// 1 byte    0
/// 2 bytes   length of the subject, then the subject
/// 2 bytes   length of the reply subject, then the reply subject
/// 4 bytes   length of the headers, then the headers as HPUB had them, with "NATS/1.0" ahead
/// rest      payload
/// ```
///
/// Immutable; any thread.
public final class NatsContent {
    static final byte VERSION = 1;
    private static final int SUBJECT_AT = 2;
    private static final int FIXED_BYTES = 2 + 2 + 2 + 4;

    /// What two bytes of length can say.
    static final int MOST_SUBJECT_BYTES = 0xffff;

    private final ByteBuffer bytes;
    private final int subjectEnd;
    private final int replyEnd;
    private final int headersAt;
    private final int payloadAt;

    private NatsContent(
            ByteBuffer bytes, int subjectEnd, int replyEnd, int headersAt, int payloadAt) {
        this.bytes = bytes;
        this.subjectEnd = subjectEnd;
        this.replyEnd = replyEnd;
        this.headersAt = headersAt;
        this.payloadAt = payloadAt;
    }

    /// The message that bytes are.
    ///
    /// @throws IllegalArgumentException if they are not of this form
    public static NatsContent wrap(ByteBuffer stored) {
        ByteBuffer bytes = stored.slice();
        try {
            if (bytes.get(0) != VERSION) {
                throw new IllegalArgumentException(
                        "stored NATS message of unknown version " + bytes.get(0));
            }
            int subjectEnd = SUBJECT_AT + 2 + (bytes.getShort(SUBJECT_AT) & 0xffff);
            int replyEnd = subjectEnd + 2 + (bytes.getShort(subjectEnd) & 0xffff);
            int headers = bytes.getInt(replyEnd);
            int headersAt = replyEnd + 4;
            if (headers < 0 || headers > bytes.limit() - headersAt) {
                throw new IndexOutOfBoundsException();
            }
            return new NatsContent(bytes, subjectEnd, replyEnd, headersAt, headersAt + headers);
        } catch (IndexOutOfBoundsException cutShort) {
            throw new IllegalArgumentException("stored NATS message is cut short");
        }
    }

    /// A message as it is stored, without what follows the headers' length.
    ///
    /// @param reply the reply subject's length; the caller puts the rest in this order: reply
    ///   subject, length of the headers, headers and payload
    /// @param content bytes of headers and payload
    static ByteBuffer begin(byte[] subject, int reply, int content) {
        ByteBuffer stored = ByteBuffer.allocate(FIXED_BYTES + subject.length + reply + content);
        stored.put(VERSION).put((byte) 0);
        return stored.putShort((short) subject.length).put(subject).putShort((short) reply);
    }

    /// A message as it is stored.
    ///
    /// @throws IllegalArgumentException where a subject is too long
    public static ByteBuffer of(String subject, String reply, byte[] headers, ByteBuffer payload) {
        byte[] where = subject.getBytes(UTF_8);
        byte[] back = reply.getBytes(UTF_8);
        if (where.length > MOST_SUBJECT_BYTES || back.length > MOST_SUBJECT_BYTES) {
            throw new IllegalArgumentException("a subject that is too long for NATS");
        }
        return begin(where, back.length, headers.length + payload.remaining())
                .put(back)
                .putInt(headers.length)
                .put(headers)
                .put(payload.duplicate())
                .flip();
    }

    /// The same as it is stored, with another reply subject.
    ///
    /// @throws IllegalArgumentException where that is too long
    public ByteBuffer replyingTo(byte[] reply) {
        if (reply.length > MOST_SUBJECT_BYTES) {
            throw new IllegalArgumentException("a subject that is too long for NATS");
        }
        ByteBuffer stored =
                ByteBuffer.allocate(subjectEnd + 2 + reply.length + bytes.limit() - replyEnd);
        stored.put(0, bytes, 0, subjectEnd).putShort(subjectEnd, (short) reply.length);
        int end = subjectEnd + 2 + reply.length;
        stored.put(subjectEnd + 2, reply).put(end, bytes, replyEnd, bytes.limit() - replyEnd);
        return stored;
    }

    /// The same with bytes of its own.
    public NatsContent copied() {
        ByteBuffer copy = ByteBuffer.allocate(bytes.limit());
        copy.put(bytes.duplicate().clear()).flip();
        return wrap(copy);
    }

    public String subject() {
        return text(SUBJECT_AT + 2, subjectEnd);
    }

    public boolean hasReply() {
        return replyEnd > subjectEnd + 2;
    }

    public String reply() {
        return text(subjectEnd + 2, replyEnd);
    }

    /// In bytes.
    public int subjectLength() {
        return subjectEnd - SUBJECT_AT - 2;
    }

    /// Of subject and reply subject, about.
    int subjectsLength() {
        return replyEnd;
    }

    public int headersLength() {
        return payloadAt - headersAt;
    }

    /// As HPUB had them; empty for none.
    public byte[] headers() {
        byte[] headers = new byte[payloadAt - headersAt];
        bytes.get(headersAt, headers);
        return headers;
    }

    public ByteBuffer payload() {
        return bytes.slice(payloadAt, bytes.limit() - payloadAt);
    }

    public int payloadLength() {
        return bytes.limit() - payloadAt;
    }

    /// Copies the subject.
    ///
    /// @return where it ends
    int subject(byte[] to, int at) {
        return copy(to, at, SUBJECT_AT + 2, subjectEnd);
    }

    /// Copies the reply subject.
    ///
    /// @return where it ends
    int reply(byte[] to, int at) {
        return copy(to, at, subjectEnd + 2, replyEnd);
    }

    private int copy(byte[] to, int at, int from, int end) {
        bytes.get(from, to, at, end - from);
        return at + end - from;
    }

    void writeHeadersAndPayload(ByteBuf out) {
        write(out, headersAt, bytes.limit());
    }

    void writePayload(ByteBuf out) {
        write(out, payloadAt, bytes.limit());
    }

    private void write(ByteBuf out, int from, int to) {
        if (bytes.hasArray()) {
            out.writeBytes(bytes.array(), bytes.arrayOffset() + from, to - from);
        } else {
            out.writeBytes(bytes.slice(from, to - from));
        }
    }

    private String text(int from, int to) {
        byte[] text = new byte[to - from];
        bytes.get(from, text);
        return new String(text, UTF_8);
    }
}
