package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.polylog.broker.BrokerException;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import io.polylog.protocol.mqtt.Properties.Entry;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is MQTT's of a message against what is everybody's, both ways, as `docs/translation.md`
/// tabulates; and the core's errors as MQTT's. Stateless; any thread.
public final class MqttMapping implements MessageCodec {
    /// The tag of stored MQTT messages ([MqttContent]).
    public static final byte ENCODING = 20;

    /// The header of correlation data that is no text.
    static final String CORRELATION_DATA = "correlation-data";

    private static final int MS_PER_SECOND = 1000;
    private static final byte[] NOBODY = {};
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    @Override
    public byte encoding() {
        return ENCODING;
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        MqttContent stored = new MqttContent().wrap(content);
        try {
            return List.of(neutral(stored));
        } catch (MqttException | IndexOutOfBoundsException malformed) {
            throw new IllegalArgumentException("stored MQTT message has bad properties", malformed);
        }
    }

    private static Message neutral(MqttContent stored) {
        Properties properties = properties(stored.properties());
        UserFields fields = new UserFields();
        String correlation = null;
        for (Entry entry : properties.entries()) {
            if (entry.value() instanceof Map.Entry<?, ?> pair) {
                fields.take((String) pair.getKey(), (String) pair.getValue());
            } else if (entry.value() instanceof byte[] data) {
                correlation = text(data);
                if (correlation == null) {
                    fields.headers().add(new Header(CORRELATION_DATA, data));
                }
            }
        }
        return new Message(
                TopicNames.subject(stored.topic()),
                fields.key(),
                fields.with(properties, stored.expirySeconds(), correlation),
                fields.headers(),
                fields.isTombstone() || isEnd(stored) ? null : stored.payload());
    }

    /// Whether it ends what was retained (section 3.3.1.3).
    private static boolean isEnd(MqttContent stored) {
        return stored.isRetain() && stored.payloadLength() == 0;
    }

    private static Properties properties(byte[] list) {
        var in = Unpooled.buffer(list.length + 4);
        Varint.write(in, list.length);
        return Properties.read(in.writeBytes(list), Properties.IN_PUBLISH);
    }

    private static @Nullable String text(byte[] data) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }

    /// A message of another protocol in the form in which MQTT messages are stored.
    ///
    /// @param fallback the subject where the message says none
    static ByteBuffer stored(Message message, String fallback) {
        Message.Properties known = message.properties();
        Properties properties = new Properties();
        String type = known.contentType();
        if (type != null && UserFields.fits(type)) {
            properties.with(Properties.CONTENT_TYPE, type);
        }
        String replyTo = known.replyTo();
        if (replyTo != null && UserFields.fits(replyTo)) {
            properties.with(Properties.RESPONSE_TOPIC, ReplyTopics.topic(replyTo));
        }
        String correlation = known.correlationId();
        if (correlation != null && UserFields.fits(correlation)) {
            properties.with(Properties.CORRELATION_DATA, correlation.getBytes(UTF_8));
        }
        UserFields.add(properties, message);
        long seconds =
                known.timeToLiveMs() < 0
                        ? -1
                        : Math.min(
                                0xffff_fffeL, -Math.floorDiv(-known.timeToLiveMs(), MS_PER_SECOND));
        String subject = message.subject().isEmpty() ? fallback : message.subject();
        ByteBuffer body = message.body();
        return MqttContent.stored(
                new MqttContent.Head(
                        2, NOBODY, TopicNames.topic(subject), seconds, properties.list()),
                body == null ? NOTHING : body);
    }

    // Errors -------------------------------------------------------------------------------------

    /// The reason code for a request that the core did not carry out.
    static int code(BrokerException refusal) {
        return switch (refusal.kind()) {
            case DENIED -> ReasonCode.NOT_AUTHORIZED;
            case DISK_FULL, FULL, BUSY -> ReasonCode.QUOTA_EXCEEDED;
            case CLOSED -> ReasonCode.SERVER_SHUTTING_DOWN;
            case INVALID -> ReasonCode.IMPLEMENTATION_SPECIFIC;
            case NOT_FOUND, CONFLICT, LOCKED, IN_USE, NOT_EMPTY, DAMAGED ->
                    ReasonCode.UNSPECIFIED_ERROR;
        };
    }

    /// The reason code for what became of a message.
    static int code(Outcome outcome) {
        return switch (outcome) {
            case STORED -> ReasonCode.SUCCESS;
            case UNROUTABLE, NOT_FOUND -> ReasonCode.NO_MATCHING_SUBSCRIBERS;
            case DENIED -> ReasonCode.NOT_AUTHORIZED;
            case REJECTED, DISK_FULL, BUSY -> ReasonCode.QUOTA_EXCEEDED;
            case MALFORMED -> ReasonCode.PAYLOAD_FORMAT_INVALID;
            case TOO_LARGE, CONFLICT, UNFIT -> ReasonCode.IMPLEMENTATION_SPECIFIC;
            case CLOSED -> ReasonCode.SERVER_SHUTTING_DOWN;
        };
    }
}
