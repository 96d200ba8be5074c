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

    /// The tag of batches as sent to a topic whose records have the log's time (`LogAppendTime`):
    /// the batch keeps its producer's times, and who reads it gets the log's instead.
    public static final byte LOG_TIME_ENCODING = 3;

    private final byte encoding;

    private KafkaBatchCodec(byte encoding) {
        this.encoding = encoding;
    }

    /// For each tag.
    public static List<KafkaBatchCodec> all() {
        return List.of(new KafkaBatchCodec(ENCODING), new KafkaBatchCodec(LOG_TIME_ENCODING));
    }

    @Override
    public byte encoding() {
        return encoding;
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        List<Message> messages = new ArrayList<>();
        for (RecordReader.Entry record : RecordReader.read(content)) {
            long timestampMs = encoding == ENCODING ? record.timestampMs() : 0;
            messages.add(KafkaMapping.message(timestampMs, "", record.tail()));
        }
        return messages;
    }
}
