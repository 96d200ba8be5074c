package io.polylog.log;

import io.polylog.io.Clock;
import io.polylog.io.Worker;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The commit thread's loop: runs the shards' tasks, starts commits at the right moment, seals the
/// watermark when all is quiet, and ends with a checkpoint. Machines run here.
final class CommitLoop implements Worker {
    private static final long STALL_NANOS = 1_000_000;

    private final Clock clock;
    private final Intake intake;
    private final Commit commit;
    private final Parts parts;
    private final Pacer pacer;
    private final long sealNanos;
    private final BiConsumer<String, Throwable> onFailure;
    private boolean sealed = true;
    private boolean ending;
    private long lastEnd;
    private volatile @Nullable Failure aborted;

    /// What the loop drives beside the commits.
    record Parts(ShardTasks tasks, Upkeep upkeep, CheckpointRequests checkpoints) {}

    private record Failure(String reason, Throwable cause) {}

    /// @param onFailure told once when the loop ends because something failed
    CommitLoop(
            LogConfig config,
            Clock clock,
            Intake intake,
            Commit commit,
            Parts parts,
            BiConsumer<String, Throwable> onFailure) {
        this.clock = clock;
        this.intake = intake;
        this.commit = commit;
        this.parts = parts;
        this.onFailure = onFailure;
        pacer = new Pacer(config, clock.nanos());
        sealNanos = config.seal().toNanos();
    }

    /// Makes the next step the last one: something else has failed. The loop must be woken.
    void abort(String reason, Throwable cause) {
        aborted = new Failure(reason, cause);
    }

    @Override
    public long work() {
        Failure failure = aborted;
        if (failure != null) {
            return fail(failure.reason, failure.cause);
        }
        try {
            return step();
        } catch (IOException e) {
            return fail("a write to the log failed: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            return fail("the state machine failed: " + e, e);
        }
    }

    private long fail(String reason, Throwable cause) {
        intake.close();
        onFailure.accept(reason, cause);
        commit.abandon();
        parts.checkpoints.abandon(cause);
        intake.drain(Batch.Refusal.CLOSED);
        return DONE;
    }

    private long step() throws IOException {
        parts.tasks.run();
        parts.checkpoints.serve();
        boolean more = parts.upkeep.slice(commit.durable());
        long now = clock.nanos();
        if (!commit.hasWork()) {
            commit.watchSpace();
            return more ? 0 : idle(now);
        }
        long waitNanos = waitNanos(now);
        if (waitNanos > 0) {
            return more ? 0 : waitNanos;
        }
        int answered = commit.run();
        if (answered < 0) {
            return answered == Commit.STALLED ? stalled() : 0;
        }
        pacer.ran(now, answered);
        sealed = false;
        lastEnd = clock.nanos();
        return 0;
    }

    /// How long the next commit waits, for company or for its turn.
    private long waitNanos(long now) {
        if (commit.isInsideBatch() || intake.closed() || intake.fillsBlock()) {
            return 0;
        }
        boolean urgent = intake.urgentWaiting();
        long wait = urgent ? pacer.waitNanos(now) : pacer.relaxedWaitNanos(now);
        if (wait == 0) {
            return 0;
        }
        intake.wakeFor(!urgent, false);
        boolean changed = intake.hasTasks() || (!urgent && intake.urgentWaiting());
        return changed ? 0 : wait;
    }

    /// There is no segment to go on in: the background thread wakes this one when there is, or when
    /// it knows that the disk is full.
    private long stalled() {
        intake.wakeFor(false, false);
        return intake.hasTasks() ? 0 : STALL_NANOS;
    }

    private long idle(long now) throws IOException {
        boolean ends = intake.closed();
        if (!sealed) {
            long due = lastEnd + sealNanos - now;
            if (due > 0 && !ends) {
                return idleFor(due);
            }
            sealed = commit.seal();
            if (!sealed && !ends) {
                return stalled();
            }
        }
        return ends ? end() : idleFor(parts.upkeep.untilCutNanos());
    }

    private long idleFor(long nanos) {
        intake.wakeFor(true, true);
        return intake.isEmpty() && !intake.hasTasks() && !intake.closed() ? nanos : 0;
    }

    /// Everything accepted is answered: a last checkpoint, then the loop is over.
    private long end() {
        if (!ending) {
            ending = true;
            parts.checkpoints.add(new CompletableFuture<>());
            return 0;
        }
        if (!parts.checkpoints.isEmpty()) {
            return intake.hasTasks() ? 0 : STALL_NANOS;
        }
        intake.drain(Batch.Refusal.CLOSED);
        return DONE;
    }
}
