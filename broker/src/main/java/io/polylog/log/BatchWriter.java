package io.polylog.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Writes one batch after the other into blocks, going on in the next block where one is full. A
/// payload above the limit is written in parts before its command. Commit thread.
final class BatchWriter {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final int partBytes;
    private final ByteBuffer batchHead = BatchHeader.buffer();
    private final Places places;
    private ByteBuffer partList = NOTHING;
    private @Nullable Pending open;
    private boolean begun;
    private int nextCommand;
    private int payloadDone;
    private int partsBytes;
    private long firstPosition;

    /// @param partBytes payloads above this are split
    /// @param places gets an entry for each payload, in order
    BatchWriter(int partBytes, Places places) {
        this.partBytes = partBytes;
        this.places = places;
    }

    /// Takes up a batch that was given its index and time.
    void open(Pending pending) {
        open = pending;
        begun = false;
        nextCommand = 0;
        payloadDone = 0;
        partsBytes = 0;
    }

    /// The batch that is not written completely, or null.
    @Nullable Pending open() {
        return open;
    }

    /// Where the open batch's first record lies; meaningful once part of it was written.
    long firstPosition() {
        return firstPosition;
    }

    /// Whether the open batch has records in a block already.
    boolean begun() {
        return open != null && begun;
    }

    /// Writes as much of the open batch as the block holds.
    ///
    /// @return whether the batch is complete, and no longer open
    boolean writeInto(BlockBuilder block, long epoch) {
        Pending pending = open;
        if (pending == null) {
            return true;
        }
        if (!begun && !begin(pending, block, epoch)) {
            return false;
        }
        int count = pending.batch.commands().size();
        while (nextCommand < count) {
            if (!write(pending.batch.commands().get(nextCommand), pending.timeMs, block)) {
                return false;
            }
            nextCommand++;
        }
        open = null;
        return true;
    }

    private boolean begin(Pending pending, BlockBuilder block, long epoch) {
        if (!block.fits(BatchHeader.BYTES, 0)) {
            return false;
        }
        int count = pending.batch.commands().size();
        BatchHeader.encode(batchHead, pending.shard.id, count, epoch, pending.index);
        firstPosition = block.nextPosition();
        block.fields().set(BatchHeader.BYTES, 0, 0, 0, pending.timeMs);
        block.append(RecordCodec.BATCH, batchHead, NOTHING, 0);
        begun = true;
        return true;
    }

    private boolean write(Command command, long timeMs, BlockBuilder block) {
        ByteBuffer payload = command.payload();
        if (payload == null) {
            return writeWhole(command, NOTHING, timeMs, block);
        }
        return payload.remaining() > partBytes
                ? writeParts(command, payload, timeMs, block)
                : writeWhole(command, payload, timeMs, block);
    }

    private boolean writeWhole(
            Command command, ByteBuffer payload, long timeMs, BlockBuilder block) {
        int headLength = command.head().remaining();
        int payloadLength = payload.remaining();
        if (!block.fits(headLength, payloadLength)) {
            return false;
        }
        long position = block.nextPosition();
        block.fields().set(headLength, payloadLength, command.type(), command.span(), timeMs);
        int length = block.append(RecordCodec.COMMAND, command.head(), payload, payload.position());
        if (command.span() > 0) {
            places.add(position, length, payloadLength);
        }
        return true;
    }

    private boolean writeParts(
            Command command, ByteBuffer payload, long timeMs, BlockBuilder block) {
        int total = payload.remaining();
        if (payloadDone == 0) {
            int parts = (total + partBytes - 1) / partBytes;
            partList =
                    ByteBuffer.allocate(parts * RecordCodec.PART_ENTRY_BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN);
        }
        while (payloadDone < total) {
            int length = Math.min(partBytes, total - payloadDone);
            if (!block.fits(0, length)) {
                return false;
            }
            partList.putLong(block.nextPosition()).putInt(length);
            block.fields().set(0, length, 0, 0, timeMs);
            int from = payload.position() + payloadDone;
            partsBytes += block.append(RecordCodec.PART, NOTHING, payload, from);
            payloadDone += length;
        }
        return writeLarge(command, total, timeMs, block);
    }

    private boolean writeLarge(Command command, int total, long timeMs, BlockBuilder block) {
        int headLength = command.head().remaining();
        if (!block.fits(headLength, partList.capacity())) {
            return false;
        }
        long position = block.nextPosition();
        partList.flip();
        block.fields()
                .set(headLength, partList.remaining(), command.type(), command.span(), timeMs);
        int length = block.append(RecordCodec.LARGE, command.head(), partList, 0);
        places.add(position, length + partsBytes, total);
        partList = NOTHING;
        payloadDone = 0;
        partsBytes = 0;
        return true;
    }
}
