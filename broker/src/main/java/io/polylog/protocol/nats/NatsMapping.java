package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Envelope;
import io.polylog.calendar.Durations;
import io.polylog.message.Header;
import io.polylog.message.HeaderText;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is NATS' of a message against what is everybody's, both ways, as `docs/translation.md`
/// tabulates. Stateless; any thread.
public final class NatsMapping implements MessageCodec {
    /// The tag of stored NATS messages ([NatsContent]).
    public static final byte ENCODING = 48;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    @Override
    public byte encoding() {
        return ENCODING;
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        NatsContent stored = NatsContent.wrap(content);
        String subject = stored.subject();
        FieldHeaders fields = FieldHeaders.of(NatsHeaders.read(stored.headers()));
        byte[] key = fields.key();
        boolean none =
                fields.isTombstone()
                        || (BucketEntries.is(subject) && BucketEntries.isDeleted(fields.others()));
        return List.of(
                new Message(
                        NatsSubjects.neutral(subject),
                        key == null ? BucketEntries.key(subject) : key,
                        fields.properties(ReplySubjects.neutral(stored.reply())),
                        fields.others(),
                        none ? null : stored.payload()));
    }

    @Override
    public String subject(ByteBuffer content) {
        return NatsSubjects.neutral(NatsContent.wrap(content).subject());
    }

    @Override
    public @Nullable String messageId(ByteBuffer content) {
        boolean bare = NatsContent.wrap(content).headersLength() == 0;
        return bare ? null : MessageCodec.super.messageId(content);
    }

    /// What the core must know of a message.
    ///
    /// @param headers as HPUB had them
    public static Envelope envelope(byte[] headers) {
        if (headers.length == 0) {
            return Envelope.PLAIN;
        }
        FieldHeaders fields = FieldHeaders.of(NatsHeaders.read(headers));
        Message.Properties known = fields.properties(null);
        byte[] key = fields.key();
        boolean plain =
                known.timestampMs() == 0
                        && fields.lifetimeMs() < 0
                        && known.priority() < 0
                        && key == null
                        && !fields.isTombstone();
        return plain
                ? Envelope.PLAIN
                : new Envelope(
                        known.timestampMs(),
                        fields.lifetimeMs(),
                        known.priority(),
                        key,
                        fields.isTombstone());
    }

    /// A message of another protocol in the form in which NATS messages are stored.
    ///
    /// @param fallback the subject where the message says none
    /// @throws IllegalArgumentException where NATS cannot say its subject
    public static ByteBuffer stored(Message message, String fallback) {
        Message.Properties known = message.properties();
        NatsHeaders headers = new NatsHeaders();
        add(headers, FieldHeaders.CONTENT_TYPE, known.contentType());
        add(headers, FieldHeaders.CONTENT_ENCODING, known.contentEncoding());
        add(headers, FieldHeaders.CORRELATION_ID, known.correlationId());
        add(headers, FieldHeaders.MESSAGE_ID, known.messageId());
        add(headers, FieldHeaders.TYPE, known.type());
        add(headers, FieldHeaders.USER_ID, known.userId());
        add(headers, FieldHeaders.APP_ID, known.appId());
        add(headers, FieldHeaders.KEY, keyText(message.key()));
        if (known.timestampMs() > 0) {
            add(headers, FieldHeaders.TIMESTAMP, known.timestampMs());
        }
        if (known.priority() >= 0) {
            add(headers, FieldHeaders.PRIORITY, known.priority());
        }
        if (known.timeToLiveMs() >= 0) {
            add(headers, FieldHeaders.TIME_TO_LIVE, Durations.text(known.timeToLiveMs()));
        }
        String subject = message.subject().isEmpty() ? fallback : message.subject();
        boolean entry = BucketEntries.is(subject);
        if (message.body() == null && !entry) {
            add(headers, FieldHeaders.TOMBSTONE, true);
        } else if (message.body() == null && !BucketEntries.isDeleted(message.headers())) {
            add(headers, BucketEntries.OPERATION, BucketEntries.DELETED);
        }
        for (Header header : message.headers()) {
            add(headers, NatsHeaders.name(header.name()), HeaderText.of(header.value()));
        }
        ByteBuffer body = message.body();
        return NatsContent.of(
                NatsSubjects.subject(subject),
                ReplySubjects.reply(known.replyTo(), known.correlationId()),
                headers.block(),
                body == null ? NOTHING : body);
    }

    private static void add(NatsHeaders headers, String name, @Nullable Object value) {
        if (value != null && NatsHeaders.isSayable(name, value.toString())) {
            headers.add(name, value.toString());
        }
    }

    /// A key that is text; another would not be the same key.
    private static @Nullable String keyText(byte @Nullable [] bytes) {
        if (bytes == null) {
            return null;
        }
        String text = new String(bytes, UTF_8);
        return Arrays.equals(text.getBytes(UTF_8), bytes) ? text : null;
    }
}
