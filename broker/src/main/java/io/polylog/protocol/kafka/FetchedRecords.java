package io.polylog.protocol.kafka;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.protocol.Writable;

/// What a fetch found of one partition, ready to be written: batches as they were stored, whose
/// place in the log is filled in while they are copied out, and batches built for the purpose. On
/// the connection's loop.
final class FetchedRecords {
    static final FetchedRecords NONE = new FetchedRecords();

    /// Base offset, length, leader epoch: not covered by the batch's checksum.
    private static final int PLACE_BYTES = 16;

    private final List<Piece> pieces = new ArrayList<>();
    private int sizeBytes;

    private record Piece(long baseOffset, ByteBuffer batch) {}

    /// Adds a batch whose first record is at `baseOffset`.
    void add(long baseOffset, ByteBuffer batch) {
        pieces.add(new Piece(baseOffset, batch));
        sizeBytes += batch.remaining();
    }

    int sizeBytes() {
        return sizeBytes;
    }

    void writeTo(Writable out) {
        for (Piece piece : pieces) {
            ByteBuffer batch = piece.batch;
            int start = batch.position();
            out.writeLong(piece.baseOffset);
            out.writeInt(batch.getInt(start + KafkaBatch.LENGTH_AT));
            out.writeInt(KafkaBatch.LEADER_EPOCH);
            out.writeByteBuffer(batch.slice(start + PLACE_BYTES, batch.remaining() - PLACE_BYTES));
        }
    }
}
