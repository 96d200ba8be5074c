package io.polylog.protocol.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.http.cloudevents.CloudEvent;
import io.polylog.http.cloudevents.EventMapping;
import io.polylog.http.cloudevents.HttpBinding;
import io.polylog.http.cloudevents.JsonFormat;
import io.polylog.message.Header;
import io.polylog.message.HeaderText;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.protocol.webhook.Definition.Mode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Makes requests of messages, as `docs/webhooks.md` tabulates. On its webhook's loop.
final class LetterWriter {
    private static final ByteBuffer NO_BYTES = ByteBuffer.allocate(0);
    private static final Content NO_CONTENT = new Content((byte) 0, Envelope.PLAIN, NO_BYTES);
    private static final int MOST_ID_CHARS = 256;
    private static final int SIGNATURE_CHARS = 256;
    private static final String LINE = "\r\n";

    private final Mode mode;
    private final Signer signer;

    /// The lines that all requests begin with.
    private final String start;

    LetterWriter(Definition webhook, Target target) {
        mode = webhook.terms().mode();
        signer = new Signer(webhook.secrets());
        StringBuilder lines = new StringBuilder();
        lines.append("POST ").append(target.path()).append(" HTTP/1.1").append(LINE);
        line(lines, "host", target.authority());
        if (!webhook.terms().headers().containsKey("user-agent")) {
            line(lines, "user-agent", "Polylog");
        }
        webhook.terms().headers().forEach((name, value) -> line(lines, name, value));
        start = lines.toString();
    }

    private static void line(StringBuilder out, String name, String value) {
        out.append(name).append(": ").append(value).append(LINE);
    }

    // The message -----------------------------------------------------------------------------

    /// A message as it is sent, whenever it is sent.
    Letter letter(Delivery delivery, Message message) {
        String id = id(delivery, message);
        StringBuilder fields = new StringBuilder(256);
        byte[] body =
                switch (mode) {
                    case RAW -> raw(fields, message);
                    case CLOUDEVENTS_BINARY -> binary(fields, event(delivery, message, id));
                    case CLOUDEVENTS_STRUCTURED -> {
                        line(fields, "content-type", JsonFormat.MEDIA_TYPE);
                        yield JsonFormat.write(event(delivery, message, id));
                    }
                };
        place(fields, delivery);
        return new Letter(delivery.with(NO_CONTENT), id, fields.toString(), body);
    }

    /// What an operator sends to see whether it arrives.
    Letter test(String id, byte[] body) {
        StringBuilder fields = new StringBuilder();
        line(fields, "content-type", "application/json");
        line(fields, "x-test", "true");
        return new Letter(null, id, fields.toString(), body);
    }

    /// Its sender's id where it has one, else its place.
    private static String id(Delivery delivery, Message message) {
        String said = message.properties().messageId();
        String own = said == null ? "" : FieldText.id(said);
        if (!own.isEmpty() && own.length() <= MOST_ID_CHARS) {
            return own;
        }
        String topic = FieldText.id(delivery.topic().toString());
        return topic + "-" + delivery.partition() + "-" + delivery.offset();
    }

    private CloudEvent event(Delivery delivery, Message message, String id) {
        String topic = delivery.topic().name();
        String source = EventMapping.source(delivery.topic());
        return EventMapping.event(
                message, new EventMapping.Defaults(id, source, topic, delivery.timeMs()));
    }

    private static byte[] binary(StringBuilder fields, CloudEvent event) {
        HttpBinding.headers(event).forEach((name, value) -> line(fields, name, plain(value)));
        return bytes(event.data());
    }

    /// A content type may be any text that somebody published.
    private static String plain(String value) {
        return FieldText.isPlain(value) ? value : HttpBinding.encoded(value);
    }

    private static byte[] raw(StringBuilder fields, Message message) {
        Properties known = message.properties();
        add(fields, "content-type", orElse(known.contentType(), "application/octet-stream"));
        add(fields, "content-encoding", known.contentEncoding());
        add(fields, "x-message-id", known.messageId());
        add(fields, "x-key", text(message.key()));
        add(fields, "x-correlation-id", known.correlationId());
        add(fields, "x-reply-to", known.replyTo());
        add(fields, "x-type", known.type());
        add(fields, "x-app-id", known.appId());
        add(fields, "x-user-id", known.userId());
        add(fields, "x-priority", known.priority() < 0 ? null : "" + known.priority());
        add(fields, "x-timestamp-ms", known.timestampMs() <= 0 ? null : "" + known.timestampMs());
        add(fields, "x-subject", message.subject());
        add(fields, "x-tombstone", message.body() == null ? "true" : null);
        for (Header header : message.headers()) {
            String name = "x-header-" + FieldText.name(header.name());
            line(fields, name, FieldText.value(HeaderText.of(header.value())));
        }
        return bytes(message.body());
    }

    private static String orElse(@Nullable String said, String otherwise) {
        return said == null || said.isEmpty() ? otherwise : said;
    }

    private static void add(StringBuilder fields, String name, @Nullable String said) {
        if (said != null && !said.isEmpty()) {
            line(fields, name, FieldText.value(said));
        }
    }

    private static void place(StringBuilder fields, Delivery delivery) {
        line(fields, "x-topic", FieldText.value(delivery.topic().name()));
        line(fields, "x-partition", "" + delivery.partition());
        line(fields, "x-offset", "" + delivery.offset());
        line(fields, "x-attempt", "" + (delivery.attempt() + 1));
    }

    private static @Nullable String text(byte @Nullable [] key) {
        try {
            return key == null ? null : UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
        } catch (CharacterCodingException binary) {
            return Base64.getEncoder().encodeToString(key);
        }
    }

    private static byte[] bytes(@Nullable ByteBuffer body) {
        byte[] bytes = new byte[body == null ? 0 : body.remaining()];
        if (body != null) {
            body.duplicate().get(bytes);
        }
        return bytes;
    }

    // The request -----------------------------------------------------------------------------

    /// The bytes of a request.
    ///
    /// @param timeMs of this attempt, milliseconds since 1970
    ByteBuf request(ByteBufAllocator memory, Letter letter, long timeMs) {
        long timestamp = timeMs / 1000;
        StringBuilder head = new StringBuilder(SIGNATURE_CHARS);
        line(head, "webhook-id", letter.id);
        line(head, "webhook-timestamp", "" + timestamp);
        line(head, "webhook-signature", signer.signature(letter.id, timestamp, letter.body));
        line(head, "content-length", "" + letter.body.length);
        head.append(LINE);
        int size = start.length() + letter.fields.length() + head.length() + letter.body.length;
        ByteBuf out = memory.buffer(size, size);
        ByteBufUtil.writeAscii(out, start);
        ByteBufUtil.writeAscii(out, letter.fields);
        ByteBufUtil.writeAscii(out, head);
        out.writeBytes(letter.body);
        return out;
    }
}
