package io.polylog.protocol.kafka;

import io.polylog.broker.Broker;
import io.polylog.message.MessageCodec;
import java.util.Collection;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What all Kafka connections share. Safe from any thread.
final class KafkaNode {
    /// The one node clients see.
    static final int ID = 0;

    private final Broker broker;
    private final KafkaSettings settings;
    private final Map<Byte, MessageCodec> codecs;

    KafkaNode(Broker broker, KafkaSettings settings, Collection<? extends MessageCodec> codecs) {
        this.broker = broker;
        this.settings = settings;
        this.codecs =
                codecs.stream()
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        MessageCodec::encoding, Function.identity()));
    }

    Broker broker() {
        return broker;
    }

    KafkaSettings settings() {
        return settings;
    }

    /// The codec of what is stored with this tag.
    ///
    /// @throws IllegalStateException if the process knows no such encoding
    MessageCodec codec(byte encoding) {
        MessageCodec codec = codecs.get(encoding);
        if (codec == null) {
            throw new IllegalStateException("no codec for stored encoding " + encoding);
        }
        return codec;
    }

    void close() {}
}
