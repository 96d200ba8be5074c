package io.polylog.server;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import io.polylog.protocol.amqp091.AmqpMapping;
import io.polylog.protocol.kafka.KafkaBatchCodec;
import io.polylog.protocol.kafka.KafkaRecordCodec;
import java.util.HashMap;
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
                            Stream.of(new KafkaRecordCodec(), new AmqpMapping()))
                    .toList();

    static final Map<Byte, MessageCodec> BY_TAG =
            ALL.stream().collect(Collectors.toMap(MessageCodec::encoding, Function.identity()));

    private Encodings() {}

    /// What an exchange may ask of a stored message.
    static Metadata metadata(Content content) {
        return new Opened(content);
    }

    /// Opens the message when asked.
    private record Opened(Content content) implements Metadata {
        private @Nullable Message first() {
            MessageCodec codec = BY_TAG.get(content.encoding());
            return codec == null ? null : codec.open(content.bytes().duplicate()).getFirst();
        }

        @Override
        public Map<String, @Nullable Object> headers() {
            Map<String, @Nullable Object> headers = new HashMap<>();
            Message message = first();
            if (message != null) {
                for (Header header : message.headers()) {
                    headers.put(header.name(), header.value());
                }
            }
            return headers;
        }

        @Override
        public Message.Properties properties() {
            Message message = first();
            return message == null ? Message.Properties.NONE : message.properties();
        }
    }
}
