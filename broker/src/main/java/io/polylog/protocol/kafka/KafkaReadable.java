package io.polylog.protocol.kafka;

import java.nio.ByteBuffer;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Readable;

/// Reads request fields. Kafka's generated classes take memory for a list after comparing its
/// claimed length with [#remaining] only: that many references could cost eight times what was
/// sent, so no list may claim more than [#MOST_ELEMENTS].
final class KafkaReadable extends ByteBufferAccessor {
    private static final int MOST_ELEMENTS = 100_000;

    private final ByteBuffer buffer;

    KafkaReadable(ByteBuffer buffer) {
        super(buffer);
        this.buffer = buffer;
    }

    @Override
    public int remaining() {
        return Math.min(buffer.remaining(), MOST_ELEMENTS);
    }

    @Override
    public Readable slice() {
        return new KafkaReadable(buffer.slice());
    }
}
