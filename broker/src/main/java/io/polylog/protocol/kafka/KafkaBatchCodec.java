package io.polylog.protocol.kafka;

import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Opens a record batch as a producer sent it. Safe for any thread.
public final class KafkaBatchCodec implements MessageCodec {
    /// The tag of batches as sent.
    public static final byte ENCODING = 1;

    @Override
    public byte encoding() {
        return ENCODING;
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        List<Message> messages = new ArrayList<>();
        for (RecordReader.Entry record : RecordReader.read(content)) {
            messages.add(KafkaMapping.message(record.timestampMs(), record.tail()));
        }
        return messages;
    }
}
