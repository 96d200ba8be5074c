package io.polylog.log;

import io.polylog.log.BlockScanner.Block;
import io.polylog.log.LogOpenException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Applies logged blocks again. A batch counts when all of it is there; one that was cut off by the
/// end of an earlier process was never acknowledged and is left out. The starting thread, which
/// plays the shards' thread until the log runs.
final class Replay {
    private final Map<Integer, ShardState> shards;
    private final LogIndex index;
    private final Places places;
    private final Applying applying;
    private final List<ShardMachine.Logged> logged = new ArrayList<>();
    private final List<Command> commands = new ArrayList<>();
    private @Nullable BatchHeader open;
    private int openEpoch;
    private long openTimeMs;
    private int openSegment;
    private int partBytes;
    private long applied;

    /// A command read back, before its batch is complete.
    private record Command(int type, int span, ByteBuffer head) {}

    Replay(Map<Integer, ShardState> shards, LogIndex index, Places places, Applying applying) {
        this.shards = shards;
        this.index = index;
        this.places = places;
        this.applying = applying;
    }

    /// Batches applied so far.
    long applied() {
        return applied;
    }

    /// Goes over the records of a block.
    void block(Block block) throws LogOpenException {
        ByteBuffer buffer = block.buffer();
        int at = block.at() + BlockCodec.HEADER_BYTES;
        for (int i = 0; i < block.header().records(); i++) {
            long position = block.header().position() + (at - block.at());
            switch (RecordCodec.kind(buffer, at)) {
                case RecordCodec.BATCH -> begin(block, at);
                case RecordCodec.PART -> partBytes += RecordCodec.bytes(buffer, at);
                case RecordCodec.COMMAND -> add(buffer, at, position);
                case RecordCodec.LARGE -> addLarge(buffer, at, position);
                default -> throw unknown(position);
            }
            at += RecordCodec.bytes(buffer, at);
            applyIfComplete(Position.segment(position));
        }
        keepOpenHeads();
    }

    private static LogOpenException unknown(long position) {
        return new LogOpenException(
                Reason.TOO_NEW,
                "the log holds a kind of record at "
                        + Position.text(position)
                        + " that this"
                        + " Polylog does not know");
    }

    private void begin(Block block, int at) throws LogOpenException {
        if (open != null) {
            if (openEpoch == block.header().epoch()) {
                throw new LogOpenException(
                        Reason.DAMAGED,
                        "the batch before %s is incomplete"
                                .formatted(Position.text(block.header().position())));
            }
            abandonOpen();
        }
        BatchHeader batch =
                RecordCodec.headLength(block.buffer(), at) == BatchHeader.BYTES
                        ? BatchHeader.decode(block.buffer(), at + RecordCodec.HEADER_BYTES)
                        : null;
        if (batch == null || batch.commands() < 1) {
            throw noRecord(block.header().position() + (at - block.at()), "begins no batch");
        }
        open = batch;
        openEpoch = block.header().epoch();
        openSegment = Position.segment(block.header().position());
        openTimeMs = RecordCodec.timeMs(block.buffer(), at);
        partBytes = 0;
    }

    private void add(ByteBuffer buffer, int at, long position) throws LogOpenException {
        checkOpen(position);
        int span = RecordCodec.span(buffer, at);
        if (span > 0) {
            places.add(
                    position, RecordCodec.bytes(buffer, at), RecordCodec.payloadLength(buffer, at));
        }
        commands.add(new Command(RecordCodec.type(buffer, at), span, head(buffer, at)));
    }

    private void addLarge(ByteBuffer buffer, int at, long position) throws LogOpenException {
        checkOpen(position);
        int list = at + RecordCodec.HEADER_BYTES + RecordCodec.headLength(buffer, at);
        int total = Parts.totalBytes(buffer, list, RecordCodec.payloadLength(buffer, at));
        int span = RecordCodec.span(buffer, at);
        if (total < 0 || span < 1) {
            throw noRecord(position, "lists no parts");
        }
        places.add(position, RecordCodec.bytes(buffer, at) + partBytes, total);
        partBytes = 0;
        commands.add(new Command(RecordCodec.type(buffer, at), span, head(buffer, at)));
    }

    private void checkOpen(long position) throws LogOpenException {
        if (open == null) {
            throw noRecord(position, "belongs to no batch");
        }
    }

    private static LogOpenException noRecord(long position, String why) {
        return new LogOpenException(
                Reason.DAMAGED, "the record at " + Position.text(position) + " " + why);
    }

    private static ByteBuffer head(ByteBuffer buffer, int at) {
        return buffer.slice(at + RecordCodec.HEADER_BYTES, RecordCodec.headLength(buffer, at))
                .asReadOnlyBuffer();
    }

    private void applyIfComplete(int segment) throws LogOpenException {
        BatchHeader batch = open;
        if (batch == null || commands.size() < batch.commands()) {
            return;
        }
        open = null;
        ShardState shard = shards.get(batch.shard());
        if (shard == null) {
            throw new LogOpenException(
                    Reason.NOT_REPLAYABLE,
                    "the log holds shard " + batch.shard() + ", which this process does not have");
        }
        index.keep(openSegment, segment);
        applying.begin(places.size(), openTimeMs);
        int payload = 0;
        for (Command command : commands) {
            ShardMachine.Locator locator = command.span > 0 ? applying.locator(payload++) : null;
            logged.add(new ShardMachine.Logged(command.type, command.span, command.head, locator));
        }
        apply(shard, batch);
        logged.clear();
        commands.clear();
        applying.forget();
    }

    private void apply(ShardState shard, BatchHeader batch) throws LogOpenException {
        if (batch.index() != shard.nextIndex) {
            throw new LogOpenException(
                    Reason.DAMAGED,
                    "shard %d goes on with batch %d where %d is due"
                            .formatted(shard.id, batch.index(), shard.nextIndex));
        }
        shard.nextIndex++;
        shard.lastTimeMs = openTimeMs;
        ShardMachine.Entry entry =
                new ShardMachine.Entry(
                        batch.index(),
                        batch.epoch(),
                        openTimeMs,
                        Collections.unmodifiableList(logged),
                        null);
        try {
            shard.machine.apply(entry);
        } catch (RuntimeException e) {
            throw new LogOpenException(
                    Reason.NOT_REPLAYABLE,
                    "shard %d failed on batch %d: %s".formatted(shard.id, batch.index(), e),
                    e);
        }
        applied++;
    }

    /// The block's buffer is used again: what an incomplete batch has so far is copied.
    private void keepOpenHeads() {
        commands.replaceAll(command -> {
            ByteBuffer copy = ByteBuffer.allocate(command.head.remaining());
            copy.put(command.head).flip();
            return new Command(command.type, command.span, copy.asReadOnlyBuffer());
        });
    }

    /// Leaves out a batch that was never completed.
    void abandonOpen() {
        open = null;
        applying.skip(places.size());
        commands.clear();
    }
}
