package io.polylog.protocol.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication.Content;
import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A single record, as it is stored where each message has a record of its own: format version,
/// timestamp, the topic it was produced to (a length octet before it), then key, value and headers
/// as they lay in the producer's batch. Safe for any thread.
public final class KafkaRecordCodec implements MessageCodec {
    /// The tag of single records.
    public static final byte ENCODING = 2;

    private static final byte VERSION = 2;
    private static final int TOPIC_AT = 1 + Long.BYTES;
    private static final int MOST_TOPIC_BYTES = 255;

    @Override
    public byte encoding() {
        return ENCODING;
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        return List.of(KafkaMapping.message(timestampMs(content), topic(content), tail(content)));
    }

    /// The records of a batch, each to be stored by itself.
    ///
    /// @param topic they were produced to
    /// @param logsTime whether they get the log's time in place of their producer's
    /// @throws IllegalArgumentException if the batch is not what it says or becomes too large
    static List<Content> contents(ByteBuffer batch, String topic, boolean logsTime) {
        byte[] named = topic.getBytes(UTF_8);
        if (named.length > MOST_TOPIC_BYTES) {
            throw new IllegalArgumentException("no topic has a name of so many bytes");
        }
        int tailAt = TOPIC_AT + 1 + named.length;
        List<RecordReader.Entry> records = RecordReader.read(batch);
        int size = 0;
        for (RecordReader.Entry record : records) {
            size += tailAt + record.tail().remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        List<Content> contents = new ArrayList<>(records.size());
        for (RecordReader.Entry record : records) {
            int start = all.position();
            long timestampMs = logsTime ? 0 : record.timestampMs();
            all.put(VERSION).putLong(timestampMs).put((byte) named.length).put(named);
            all.put(record.tail().duplicate());
            contents.add(
                    new Content(
                            ENCODING,
                            KafkaMapping.envelope(timestampMs, record.tail()),
                            all.slice(start, all.position() - start)));
        }
        return contents;
    }

    static long timestampMs(ByteBuffer content) {
        tailAt(content);
        return content.getLong(content.position() + 1);
    }

    private static String topic(ByteBuffer content) {
        int length = tailAt(content) - TOPIC_AT - 1;
        return UTF_8.decode(content.slice(content.position() + TOPIC_AT + 1, length)).toString();
    }

    static ByteBuffer tail(ByteBuffer content) {
        int at = tailAt(content);
        return content.slice(content.position() + at, content.remaining() - at);
    }

    private static int tailAt(ByteBuffer content) {
        int position = content.position();
        if (content.remaining() <= TOPIC_AT || content.get(position) != VERSION) {
            throw new IllegalArgumentException("not a stored record of version " + VERSION);
        }
        int at = TOPIC_AT + 1 + Byte.toUnsignedInt(content.get(position + TOPIC_AT));
        if (content.remaining() < at) {
            throw new IllegalArgumentException("a stored record that ends in its topic");
        }
        return at;
    }
}
