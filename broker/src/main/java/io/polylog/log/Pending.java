package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.List;

/// A proposed batch on its way through the local engine. The proposer makes it; from then on only
/// the log's thread touches it.
final class Pending {
    final ShardState shard;
    final Batch batch;

    /// Bytes of records, for the bound on what waits.
    final long bytes;

    /// How many commands store a payload.
    final int payloads;

    /// Set when logging begins.
    long index;

    /// Set when logging begins.
    long timeMs;

    /// The segment it begins in; set when it is written.
    int firstSegment;

    Pending(ShardState shard, Batch batch) {
        this.shard = shard;
        this.batch = batch;
        long sum = 0;
        int stored = 0;
        List<Command> commands = batch.commands();
        for (int i = 0; i < commands.size(); i++) {
            Command command = commands.get(i);
            ByteBuffer payload = command.payload();
            int payloadBytes = payload == null ? 0 : payload.remaining();
            sum += RecordCodec.bytes(command.head().remaining(), payloadBytes);
            stored += payload == null ? 0 : 1;
        }
        bytes = sum;
        payloads = stored;
    }

    /// Bytes it takes in the log, at most about.
    long logBytes() {
        // A large record leaves up to a quarter of a block empty, and parts have headers.
        long packed = bytes < BlockScanner.LARGEST_BLOCK / 4 ? bytes : bytes * 4 / 3;
        return packed + BlockCodec.ALIGNMENT + RecordCodec.HEADER_BYTES + BatchHeader.BYTES;
    }

    /// A command's head as apply may see it.
    static ByteBuffer head(Command command) {
        ByteBuffer head = command.head();
        return head.position() == 0 ? head.asReadOnlyBuffer() : head.slice().asReadOnlyBuffer();
    }
}
