package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A deterministic state machine fed by one [ShardLog]. Every method is called on the shard's
/// thread. apply must not read a clock, randomness or a file, must validate before it changes
/// state, and must not throw for anything a proposer can cause.
public interface ShardMachine {
    /// Applies one durable batch.
    void apply(Entry entry);

    /// A commit is over: all batches of one durable write were applied. Effects leave now, at once
    /// for all of them.
    void committed();

    /// Replay is over and this engine leads: the volatile plane starts empty.
    void leading(long epoch);

    /// Starts a consistent cut of the state as it is now. The returned snapshot is drained in
    /// slices between batches; cells that change before they were drained are encoded by the
    /// machine first.
    Snapshot checkpoint();

    /// Takes back one cell of a checkpoint; all of them come before the first apply.
    void restore(ByteBuffer cell);

    /// All cells are back; the store has its index. The machine now tells the store which streams
    /// there are ([RecordStore#retain]) and what of them is dead ([RecordStore#trim],
    /// [RecordStore#drop]).
    void restored();

    /// Cells of a consistent cut.
    interface Snapshot {
        /// The next encoded cell (at most 64 KiB), or null when all were given.
        @Nullable ByteBuffer next();
    }

    /// A durable batch as apply sees it. Valid during the call only.
    ///
    /// @param index the batch's place in the shard's log, from 1, no gaps
    /// @param epoch the epoch it was proposed in
    /// @param timeMs the batch time: max(previous, proposer's wall clock), milliseconds since 1970
    /// @param commands in order
    /// @param proposer who handed it over, or null on replay: then effects are discarded
    record Entry(
            long index,
            long epoch,
            long timeMs,
            List<Logged> commands,
            Batch.@Nullable Proposer proposer) {}

    /// One logged command.
    ///
    /// @param head the command's head, read-only, valid during the call only
    /// @param locator where its payload lies, or null when span is 0
    record Logged(int type, int span, ByteBuffer head, @Nullable Locator locator) {}

    /// Where a payload lies: opaque to the machine, handed on to [RecordStore#put].
    ///
    /// @param position the engine's own coordinate of the record
    /// @param lengthBytes length of the whole record in the engine, for accounting
    /// @param payloadBytes length of the payload
    record Locator(long position, int lengthBytes, int payloadBytes) {}
}
