package io.polylog.log.crash;

import io.polylog.log.Batch;
import java.util.function.BooleanSupplier;

/// The proposer of one batch: expects one answer and hands it to the auditor. What the process does
/// after the machine went down reaches nobody.
final class Answers implements Batch.Proposer {
    private final long batch;
    private final ShardAudit audit;
    private final BooleanSupplier logFailed;
    private final BooleanSupplier machineDown;
    private boolean answered;
    private boolean done;

    Answers(long batch, ShardAudit audit, BooleanSupplier logFailed, BooleanSupplier machineDown) {
        this.batch = batch;
        this.audit = audit;
        this.logFailed = logFailed;
        this.machineDown = machineDown;
    }

    boolean answered() {
        return answered;
    }

    boolean done() {
        return done;
    }

    @Override
    public void done(long index, long epoch) {
        if (!machineDown.getAsBoolean()) {
            answer();
            if (logFailed.getAsBoolean()) {
                throw new Violation("batch " + batch + " was acknowledged after the failure");
            }
            done = true;
            audit.done(batch, index, epoch);
        }
    }

    @Override
    public void refused(Batch.Refusal refusal) {
        if (!machineDown.getAsBoolean()) {
            answer();
            audit.refused(batch, refusal);
        }
    }

    private void answer() {
        if (answered) {
            throw new Violation("batch " + batch + " was answered twice");
        }
        answered = true;
    }
}
