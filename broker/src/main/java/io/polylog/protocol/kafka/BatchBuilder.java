package io.polylog.protocol.kafka;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Builds batches of format 2 from single records, for readers of what was not sent as a batch.
/// Offsets may have gaps; the same records always give the same bytes. One thread.
final class BatchBuilder {
    /// A batch is closed after so many bytes.
    private static final int ENOUGH_BYTES = 64 * 1024;

    private final FetchedRecords out;
    private final List<Pending> pending = new ArrayList<>();
    private int pendingBytes;

    private record Pending(long offset, long timestampMs, ByteBuffer tail) {}

    BatchBuilder(FetchedRecords out) {
        this.out = out;
    }

    /// Adds the next record; offsets grow.
    void add(long offset, long timestampMs, ByteBuffer tail) {
        if (!pending.isEmpty() && offset - pending.getFirst().offset > Integer.MAX_VALUE) {
            finish();
        }
        pending.add(new Pending(offset, timestampMs, tail));
        pendingBytes += tail.remaining();
        if (pendingBytes >= ENOUGH_BYTES) {
            finish();
        }
    }

    /// Closes the batch begun.
    void finish() {
        if (pending.isEmpty()) {
            return;
        }
        out.add(pending.getFirst().offset, build());
        pending.clear();
        pendingBytes = 0;
    }

    private ByteBuffer build() {
        Pending first = pending.getFirst();
        int size = KafkaBatch.HEADER_BYTES;
        for (Pending record : pending) {
            int body = bodyBytes(first, record);
            size += Varints.sizeOf(body) + body;
        }
        ByteBuffer batch = ByteBuffer.allocate(size).position(KafkaBatch.HEADER_BYTES);
        long newest = first.timestampMs;
        for (Pending record : pending) {
            Varints.write(batch, bodyBytes(first, record));
            batch.put((byte) 0);
            Varints.write(batch, record.timestampMs - first.timestampMs);
            Varints.write(batch, record.offset - first.offset);
            batch.put(record.tail.duplicate());
            newest = Math.max(newest, record.timestampMs);
        }
        writeHeader(batch.flip(), newest);
        return batch;
    }

    private static int bodyBytes(Pending first, Pending record) {
        return 1
                + Varints.sizeOf(record.timestampMs - first.timestampMs)
                + Varints.sizeOf(record.offset - first.offset)
                + record.tail.remaining();
    }

    private void writeHeader(ByteBuffer batch, long newestMs) {
        Pending first = pending.getFirst();
        batch.putLong(0, first.offset);
        batch.putInt(KafkaBatch.LENGTH_AT, batch.limit() - KafkaBatch.LOG_OVERHEAD);
        batch.putInt(KafkaBatch.LENGTH_AT + Integer.BYTES, KafkaBatch.LEADER_EPOCH);
        batch.put(KafkaBatch.MAGIC_AT, KafkaBatch.MAGIC);
        batch.putShort(KafkaBatch.ATTRIBUTES_AT, (short) 0);
        batch.putInt(
                KafkaBatch.LAST_OFFSET_DELTA_AT, (int) (pending.getLast().offset - first.offset));
        batch.putLong(KafkaBatch.BASE_TIMESTAMP_AT, first.timestampMs);
        batch.putLong(KafkaBatch.MAX_TIMESTAMP_AT, newestMs);
        batch.putLong(KafkaBatch.PRODUCER_ID_AT, -1);
        batch.putShort(KafkaBatch.PRODUCER_EPOCH_AT, (short) -1);
        batch.putInt(KafkaBatch.BASE_SEQUENCE_AT, -1);
        batch.putInt(KafkaBatch.COUNT_AT, pending.size());
        batch.putInt(KafkaBatch.CRC_AT, KafkaBatch.crc(batch));
    }
}
