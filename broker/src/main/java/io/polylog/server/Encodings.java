package io.polylog.server;

import io.polylog.admin.Desk;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.command.NeutralMessages;
import io.polylog.broker.core.Surroundings.Opener;
import io.polylog.broker.filter.OpenMessage;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import io.polylog.message.Revision;
import io.polylog.protocol.amqp091.AmqpMapping;
import io.polylog.protocol.amqp091.AmqpRevision;
import io.polylog.protocol.http.HttpMapping;
import io.polylog.protocol.kafka.KafkaBatchCodec;
import io.polylog.protocol.kafka.KafkaRecordCodec;
import io.polylog.protocol.mqtt.MqttMapping;
import io.polylog.protocol.nats.NatsMapping;
import io.polylog.protocol.stomp.StompMapping;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The encodings of all protocols: what one stored, another may read, and the core may route again.
final class Encodings {
    static final List<MessageCodec> ALL =
            Stream.concat(
                            KafkaBatchCodec.all().stream(),
                            Stream.of(
                                    new KafkaRecordCodec(),
                                    new AmqpMapping(),
                                    new MqttMapping(),
                                    new NatsMapping(),
                                    new StompMapping(),
                                    new HttpMapping(),
                                    new NeutralMessages()))
                    .toList();

    static final Map<Byte, MessageCodec> BY_TAG =
            ALL.stream().collect(Collectors.toMap(MessageCodec::encoding, Function.identity()));

    /// What operators see and change.
    static final Desk.Codecs DESK =
            new Desk.Codecs() {
                @Override
                public List<Message> open(Content content) {
                    return codec(content).open(content.bytes().duplicate());
                }

                @Override
                public Content revise(Content content, Revision revision) {
                    return new Content(
                            AmqpMapping.ENCODING,
                            content.envelope(),
                            AmqpRevision.of(codec(content), content.bytes(), revision));
                }
            };

    private Encodings() {}

    private static MessageCodec codec(Content content) {
        MessageCodec codec = BY_TAG.get(content.encoding());
        if (codec == null) {
            throw new IllegalArgumentException("unknown encoding " + content.encoding());
        }
        return codec;
    }

    /// What exchanges and filters may ask of stored messages.
    static final Opener OPENER =
            new Opener() {
                @Override
                public Metadata open(Content content) {
                    return new Opened(content, null);
                }

                @Override
                public List<Metadata> openAll(Content content) {
                    MessageCodec codec = BY_TAG.get(content.encoding());
                    try {
                        ByteBuffer bytes = content.bytes().duplicate();
                        String subject = codec == null ? null : codec.subject(bytes);
                        return subject == null
                                ? messages(content).stream()
                                        .<Metadata>map(OpenMessage::new)
                                        .toList()
                                : List.of(new Opened(content, subject));
                    } catch (IllegalArgumentException unreadable) {
                        return List.of();
                    }
                }

                @Override
                public List<Message> messages(Content content) {
                    return Encodings.messages(content);
                }
            };

    private static List<Message> messages(Content content) {
        MessageCodec codec = BY_TAG.get(content.encoding());
        try {
            return codec == null ? List.of() : codec.open(content.bytes().duplicate());
        } catch (IllegalArgumentException unreadable) {
            return List.of();
        }
    }

    /// Opens the message when asked.
    ///
    /// @param known its subject, where that is known already
    private record Opened(Content content, @Nullable String known) implements Metadata {
        private Metadata first() {
            List<Message> messages = messages(content);
            return messages.isEmpty() ? Map::of : new OpenMessage(messages.getFirst());
        }

        @Override
        public Map<String, @Nullable Object> headers() {
            return first().headers();
        }

        @Override
        public Message.Properties properties() {
            return first().properties();
        }

        @Override
        public @Nullable String messageId() {
            MessageCodec codec = BY_TAG.get(content.encoding());
            try {
                return codec == null ? null : codec.messageId(content.bytes().duplicate());
            } catch (IllegalArgumentException unreadable) {
                return null;
            }
        }

        @Override
        public String subject() {
            return known == null ? first().subject() : known;
        }

        @Override
        public byte @Nullable [] key() {
            return first().key();
        }

        @Override
        public @Nullable ByteBuffer body() {
            return first().body();
        }
    }
}
