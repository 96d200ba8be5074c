package io.polylog.log.sim;

import io.polylog.log.Batch;
import io.polylog.log.sim.LoggedBatch.LoggedCommand;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A batch on its way. Once its proposer has heard, it goes on without one.
final class InFlight {
    private final Batch batch;
    private final List<LoggedCommand> asProposed;
    private Batch.@Nullable Proposer proposer;
    private @Nullable LoggedBatch written;

    InFlight(Batch batch) {
        this.batch = batch;
        this.asProposed = LoggedBatch.copy(batch);
        this.proposer = batch.proposer();
    }

    /// While nobody has answered, the bytes are the proposer's to keep.
    void checkUnchanged() {
        if (proposer == null) {
            return;
        }
        List<LoggedCommand> now = LoggedBatch.copy(batch);
        for (int i = 0; i < now.size(); i++) {
            if (!Arrays.equals(now.get(i).head(), asProposed.get(i).head())
                    || !Arrays.equals(now.get(i).payload(), asProposed.get(i).payload())) {
                throw new IllegalStateException("a batch changed before it was answered");
            }
        }
    }

    Batch.@Nullable Proposer proposer() {
        return proposer;
    }

    /// It goes to the medium; from now on it survives.
    void write(Medium medium, long wallMs) {
        checkUnchanged();
        written = medium.log(asProposed, wallMs);
    }

    LoggedBatch written() {
        LoggedBatch entry = written;
        if (entry == null) {
            throw new IllegalStateException("applied without being logged");
        }
        return entry;
    }

    void refuse(Batch.Refusal refusal) {
        Batch.Proposer waiting = proposer;
        proposer = null;
        if (waiting != null) {
            waiting.refused(refusal);
        }
    }

    void done() {
        Batch.Proposer waiting = proposer;
        proposer = null;
        if (waiting != null) {
            waiting.done(written().index(), written().epoch());
        }
    }
}
