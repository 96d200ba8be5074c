package io.polylog.log.sim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// What of a shard outlives a crash: its newest checkpoint, the batches logged since, and the
/// records.
final class Medium {
    private final List<LoggedBatch> log = new ArrayList<>();
    private final List<LoggedBatch> all = new ArrayList<>();
    private final boolean remembersAll;
    private List<byte[]> cells = List.of();
    private long cutIndex;
    private long nextIndex = 1;
    private long lastTimeMs;
    private long epoch;
    private ModelledStore store;

    /// @param remembersAll whether the whole log is kept, checkpoints or not
    Medium(SplittableRandom random, boolean remembersAll) {
        store = new ModelledStore(random);
        this.remembersAll = remembersAll;
    }

    /// Every batch there ever was.
    List<LoggedBatch> all() {
        if (!remembersAll) {
            throw new IllegalStateException("the node was not told to remember all");
        }
        return all;
    }

    long cutIndex() {
        return cutIndex;
    }

    long epoch() {
        return epoch;
    }

    /// A new start or a new leader.
    long raiseEpoch() {
        return ++epoch;
    }

    /// The batches since the newest checkpoint, oldest first.
    List<LoggedBatch> log() {
        return log;
    }

    List<ByteBuffer> cells() {
        return cells.stream().map(cell -> ByteBuffer.wrap(cell.clone())).toList();
    }

    ModelledStore store() {
        return store;
    }

    /// The records as they are found by the next process.
    ModelledStore reopenStore() {
        store = store.reopened(cutIndex);
        return store;
    }

    /// Writes a batch.
    LoggedBatch log(List<LoggedBatch.LoggedCommand> commands, long wallMs) {
        lastTimeMs = Math.max(lastTimeMs, wallMs);
        LoggedBatch batch = new LoggedBatch(nextIndex++, epoch, lastTimeMs, commands);
        log.add(batch);
        if (remembersAll) {
            all.add(batch);
        }
        return batch;
    }

    /// A checkpoint is complete: what it covers is not needed any more.
    void checkpointed(long index, List<byte[]> newCells) {
        cutIndex = index;
        cells = List.copyOf(newCells);
        log.removeIf(batch -> batch.index() <= index);
        store.checkpointed();
    }
}
