package io.polylog.log;

import org.jspecify.annotations.Nullable;

/// A proposer that writes down its answer. Any thread.
final class Ask implements LedgerMachine.Noting {
    private int answers;
    private int applies;
    private long index;
    private long epoch;
    private Batch.@Nullable Refusal refusal;
    private boolean answeredBeforeApply;

    @Override
    public synchronized void applied() {
        applies++;
    }

    @Override
    public synchronized void done(long doneIndex, long doneEpoch) {
        answers++;
        index = doneIndex;
        epoch = doneEpoch;
        answeredBeforeApply = applies == 0;
    }

    @Override
    public synchronized void refused(Batch.Refusal why) {
        answers++;
        refusal = why;
    }

    synchronized boolean answered() {
        return answers > 0;
    }

    synchronized int answers() {
        return answers;
    }

    synchronized boolean isDone() {
        return answers > 0 && refusal == null;
    }

    synchronized boolean answeredBeforeApply() {
        return answeredBeforeApply;
    }

    synchronized long index() {
        return index;
    }

    synchronized long epoch() {
        return epoch;
    }

    synchronized Batch.@Nullable Refusal refusal() {
        return refusal;
    }
}
