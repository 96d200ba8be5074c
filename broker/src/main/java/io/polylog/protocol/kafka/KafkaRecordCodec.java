package io.polylog.protocol.kafka;

import io.polylog.broker.Publication.Content;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A single record, as it is stored where each message has a record of its own: format version,
/// timestamp, then key, value and headers as they lay in the producer's batch. Safe for any thread.
public final class KafkaRecordCodec implements MessageCodec {
    /// The tag of single records.
    public static final byte ENCODING = 2;

    private static final byte VERSION = 1;
    private static final int TAIL_AT = 1 + Long.BYTES;

    @Override
    public byte encoding() {
        return ENCODING;
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        return List.of(KafkaMapping.message(timestampMs(content), tail(content)));
    }

    /// The records of a batch, each to be stored by itself.
    ///
    /// @param logsTime whether they get the log's time in place of their producer's
    /// @throws IllegalArgumentException if the batch is not what it says or becomes too large
    static List<Content> contents(ByteBuffer batch, boolean logsTime) {
        List<RecordReader.Entry> records = RecordReader.read(batch);
        int size = 0;
        for (RecordReader.Entry record : records) {
            size += TAIL_AT + record.tail().remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        List<Content> contents = new ArrayList<>(records.size());
        for (RecordReader.Entry record : records) {
            int start = all.position();
            long timestampMs = logsTime ? 0 : record.timestampMs();
            all.put(VERSION).putLong(timestampMs).put(record.tail().duplicate());
            contents.add(
                    new Content(
                            ENCODING,
                            KafkaMapping.envelope(timestampMs, record.tail()),
                            all.slice(start, all.position() - start)));
        }
        return contents;
    }

    static long timestampMs(ByteBuffer content) {
        if (content.remaining() < TAIL_AT || content.get(content.position()) != VERSION) {
            throw new IllegalArgumentException("not a stored record");
        }
        return content.getLong(content.position() + 1);
    }

    static ByteBuffer tail(ByteBuffer content) {
        return content.slice(content.position() + TAIL_AT, content.remaining() - TAIL_AT);
    }
}
