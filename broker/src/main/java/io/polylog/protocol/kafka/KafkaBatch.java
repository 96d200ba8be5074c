package io.polylog.protocol.kafka;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/// A record batch of format 2, the one format since Kafka 0.11, as it lies in a buffer: where its
/// fields are, and what must hold before a batch from outside is stored as it was sent. Stateless;
/// any thread. Layout: Kafka's documentation, "Message Format".
final class KafkaBatch {
    static final int LENGTH_AT = 8;
    static final int MAGIC_AT = 16;
    static final int CRC_AT = 17;
    static final int ATTRIBUTES_AT = 21;
    static final int LAST_OFFSET_DELTA_AT = 23;
    static final int BASE_TIMESTAMP_AT = 27;
    static final int MAX_TIMESTAMP_AT = 35;
    static final int PRODUCER_ID_AT = 43;
    static final int PRODUCER_EPOCH_AT = 51;
    static final int BASE_SEQUENCE_AT = 53;
    static final int COUNT_AT = 57;
    static final int HEADER_BYTES = 61;

    /// What the length field does not count: the base offset and itself.
    static final int LOG_OVERHEAD = 12;

    static final byte MAGIC = 2;

    /// One node that never changes its leader and never takes back what it showed: one epoch.
    static final int LEADER_EPOCH = 0;

    private static final int CODEC_MASK = 0x07;
    private static final int LOG_APPEND_TIME = 0x08;
    private static final int TRANSACTIONAL = 0x10;
    private static final int CONTROL = 0x20;
    private static final int MAX_CODEC = 4;

    private KafkaBatch() {}

    /// Why a batch is refused.
    record Refusal(Errors error, String why) {}

    /// Checks a producer's batch: its form, its checksum and, where it is not compressed, that its
    /// records are as many as it says. What is compressed stays closed.
    ///
    /// @param batch all bytes sent for the partition, from position to limit
    /// @return why it is refused, or null
    static @Nullable Refusal check(ByteBuffer batch, int maxBytes) {
        Refusal form = checkForm(batch, maxBytes);
        if (form != null) {
            return form;
        }
        if (crc(batch) != batch.getInt(batch.position() + CRC_AT)) {
            return new Refusal(Errors.CORRUPT_MESSAGE, "the batch's checksum is wrong");
        }
        Refusal fields = checkFields(batch);
        if (fields != null) {
            return fields;
        }
        if (codec(batch) == 0 && !RecordReader.wellFormed(batch)) {
            return new Refusal(Errors.INVALID_RECORD, "the batch's records are malformed");
        }
        return null;
    }

    private static @Nullable Refusal checkForm(ByteBuffer batch, int maxBytes) {
        int at = batch.position();
        if (batch.remaining() <= MAGIC_AT) {
            return new Refusal(Errors.CORRUPT_MESSAGE, "the batch is cut short");
        }
        if (batch.get(at + MAGIC_AT) != MAGIC) {
            return new Refusal(
                    Errors.UNSUPPORTED_FOR_MESSAGE_FORMAT,
                    "record format " + batch.get(at + MAGIC_AT) + "; only 2 is supported");
        }
        if (batch.remaining() > maxBytes) {
            return new Refusal(
                    Errors.MESSAGE_TOO_LARGE,
                    "%d bytes, at most %d".formatted(batch.remaining(), maxBytes));
        }
        long claimed = (long) batch.getInt(at + LENGTH_AT) + LOG_OVERHEAD;
        if (batch.remaining() < HEADER_BYTES || claimed > batch.remaining()) {
            return new Refusal(Errors.CORRUPT_MESSAGE, "the batch is cut short");
        }
        if (claimed < batch.remaining()) {
            return new Refusal(Errors.INVALID_RECORD, "more than one batch for a partition");
        }
        return null;
    }

    private static @Nullable Refusal checkFields(ByteBuffer batch) {
        int at = batch.position();
        int attributes = batch.getShort(at + ATTRIBUTES_AT);
        if ((attributes & CODEC_MASK) > MAX_CODEC) {
            return new Refusal(
                    Errors.UNSUPPORTED_COMPRESSION_TYPE,
                    "compression " + (attributes & CODEC_MASK) + " is not known");
        }
        if ((attributes & CONTROL) != 0) {
            return new Refusal(Errors.INVALID_RECORD, "clients do not write control batches");
        }
        if ((attributes & TRANSACTIONAL) != 0) {
            return new Refusal(Errors.INVALID_TXN_STATE, "transactions are not available");
        }
        if ((attributes & LOG_APPEND_TIME) != 0) {
            return new Refusal(
                    Errors.INVALID_TIMESTAMP, "producers do not set the log's append time");
        }
        return checkNumbers(batch, at);
    }

    private static @Nullable Refusal checkNumbers(ByteBuffer batch, int at) {
        int count = batch.getInt(at + COUNT_AT);
        if (count < 1 || batch.getInt(at + LAST_OFFSET_DELTA_AT) != count - 1) {
            return new Refusal(Errors.INVALID_RECORD, "the batch's count and offsets differ");
        }
        if (batch.getLong(at) != 0) {
            return new Refusal(Errors.INVALID_RECORD, "a producer's base offset must be 0");
        }
        boolean stamped = batch.getLong(at + PRODUCER_ID_AT) >= 0;
        boolean numbered =
                batch.getShort(at + PRODUCER_EPOCH_AT) >= 0
                        && batch.getInt(at + BASE_SEQUENCE_AT) >= 0;
        if (stamped && !numbered) {
            return new Refusal(
                    Errors.INVALID_RECORD, "a producer id needs an epoch and a sequence");
        }
        return null;
    }

    /// A copy in which every record has the log's time.
    static ByteBuffer withLogTime(ByteBuffer batch, long timeMs) {
        ByteBuffer copy = ByteBuffer.allocate(batch.remaining()).put(batch.duplicate()).flip();
        short attributes = (short) (copy.getShort(ATTRIBUTES_AT) | LOG_APPEND_TIME);
        copy.putShort(ATTRIBUTES_AT, attributes).putLong(MAX_TIMESTAMP_AT, timeMs);
        return copy.putInt(CRC_AT, crc(copy));
    }

    /// The checksum of what follows the checksum field.
    static int crc(ByteBuffer batch) {
        CRC32C crc = new CRC32C();
        crc.update(
                batch.slice(batch.position() + ATTRIBUTES_AT, batch.remaining() - ATTRIBUTES_AT));
        return (int) crc.getValue();
    }

    static int codec(ByteBuffer batch) {
        return batch.getShort(batch.position() + ATTRIBUTES_AT) & CODEC_MASK;
    }

    static int count(ByteBuffer batch) {
        return batch.getInt(batch.position() + COUNT_AT);
    }

    static long baseTimestampMs(ByteBuffer batch) {
        return batch.getLong(batch.position() + BASE_TIMESTAMP_AT);
    }

    static long maxTimestampMs(ByteBuffer batch) {
        return batch.getLong(batch.position() + MAX_TIMESTAMP_AT);
    }

    static long producerId(ByteBuffer batch) {
        return batch.getLong(batch.position() + PRODUCER_ID_AT);
    }

    static short producerEpoch(ByteBuffer batch) {
        return batch.getShort(batch.position() + PRODUCER_EPOCH_AT);
    }

    static int baseSequence(ByteBuffer batch) {
        return batch.getInt(batch.position() + BASE_SEQUENCE_AT);
    }
}
