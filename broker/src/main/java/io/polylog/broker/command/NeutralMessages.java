package io.polylog.broker.command;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An encoding of our own: of messages that no protocol wrote as they are, because a subscription
/// made something of them, which is delivered and not stored, or a binding, which is stored.
/// Stateless; any thread.
public final class NeutralMessages implements MessageCodec {
    public static final byte ENCODING = 64;
    private static final int HEAD_BYTES = 256;

    @Override
    public byte encoding() {
        return ENCODING;
    }

    /// A message that was made of another.
    ///
    /// @param of what the core knew of the other
    public static Content content(Envelope of, Message made) {
        Envelope envelope =
                new Envelope(
                        of.timestampMs(),
                        of.timeToLiveMs(),
                        of.priority(),
                        made.key(),
                        of.tombstone(),
                        of.trail(),
                        of.delayMs());
        return new Content(ENCODING, envelope, encode(made));
    }

    /// The bytes that [#open] opens.
    public static ByteBuffer encode(Message message) {
        HeadWriter head = new HeadWriter(HEAD_BYTES);
        Properties known = message.properties();
        byte @Nullable [] key = message.key();
        head.text(message.subject()).flag(key != null);
        if (key != null) {
            head.blob(key);
        }
        head.optionalText(known.contentType()).optionalText(known.contentEncoding());
        head.optionalText(known.correlationId()).optionalText(known.replyTo());
        head.optionalText(known.messageId()).optionalText(known.type());
        head.optionalText(known.userId()).optionalText(known.appId());
        head.signed(known.timestampMs()).signed(known.timeToLiveMs()).signed(known.priority());
        head.number(message.headers().size());
        for (Header header : message.headers()) {
            head.text(header.name());
            FieldValues.encode(head, header.value());
        }
        ByteBuffer body = message.body();
        head.flag(body != null);
        int bodyBytes = body == null ? 0 : body.remaining();
        ByteBuffer out = ByteBuffer.allocate(head.length() + bodyBytes);
        out.put(head.toBuffer());
        if (body != null) {
            out.put(body.duplicate());
        }
        return out.flip();
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        ByteBuffer bytes = content.duplicate();
        HeadReader in = new HeadReader(bytes);
        String subject = in.text();
        byte @Nullable [] key = in.flag() ? in.blob() : null;
        Properties properties =
                new Properties(
                        in.optionalText(),
                        in.optionalText(),
                        in.optionalText(),
                        in.optionalText(),
                        in.optionalText(),
                        in.optionalText(),
                        in.optionalText(),
                        in.optionalText(),
                        in.signed(),
                        in.signed(),
                        (int) in.signed());
        int count = in.integer();
        List<Header> headers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            headers.add(new Header(in.text(), FieldValues.decode(in)));
        }
        ByteBuffer body = in.flag() ? bytes.slice() : null;
        return List.of(new Message(subject, key, properties, headers, body));
    }
}
