package io.polylog.log;

import io.polylog.io.Clock;
import io.polylog.io.Worker;
import java.io.IOException;
import java.util.Collection;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The commit thread's loop: runs the shards' tasks, starts commits at the right moment, seals the
/// watermark when all is quiet. Machines run here.
final class CommitLoop implements Worker {
    private static final long TASK_NANOS = 1_000_000;
    private static final long STALL_NANOS = 1_000_000;
    private static final int TASKS_BETWEEN_LOOKS = 64;

    private final Clock clock;
    private final Intake intake;
    private final Commit commit;
    private final Pacer pacer;
    private final long sealNanos;
    private final Collection<ShardState> shards;
    private final BiConsumer<String, Throwable> onFailure;
    private boolean sealed = true;
    private long lastEnd;
    private volatile @Nullable Failure aborted;

    CommitLoop(
            LogConfig config,
            Clock clock,
            Intake intake,
            Commit commit,
            Collection<ShardState> shards,
            BiConsumer<String, Throwable> onFailure) {
        this.clock = clock;
        this.intake = intake;
        this.commit = commit;
        this.shards = shards;
        this.onFailure = onFailure;
        pacer = new Pacer(config, clock.nanos());
        sealNanos = config.seal().toNanos();
    }

    private record Failure(String reason, Throwable cause) {}

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
        intake.drain(Batch.Refusal.CLOSED);
        return DONE;
    }

    private long step() throws IOException {
        runTasks();
        long now = clock.nanos();
        if (!commit.hasWork()) {
            commit.watchSpace();
            return idle(now);
        }
        long waitNanos = waitNanos(now);
        if (waitNanos > 0) {
            return waitNanos;
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

    private void runTasks() {
        Runnable task = intake.nextTask();
        if (task == null) {
            return;
        }
        long end = clock.nanos() + TASK_NANOS;
        for (int count = 1; task != null; count++) {
            task.run();
            boolean look = count % TASKS_BETWEEN_LOOKS == 0;
            task = look && clock.nanos() > end ? null : intake.nextTask();
        }
        shards.forEach(ShardState::commitIfTouched);
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

    /// No segment to go on in: the background thread wakes this one when there is, or when the disk
    /// turns out to be full.
    private long stalled() {
        intake.wakeFor(false, false);
        return intake.hasTasks() ? 0 : STALL_NANOS;
    }

    private long idle(long now) throws IOException {
        if (!sealed) {
            long due = lastEnd + sealNanos - now;
            if (due <= 0 || intake.closed()) {
                sealed = commit.seal() || intake.closed();
                return sealed ? 0 : stalled();
            }
            return idleFor(due);
        }
        if (intake.closed()) {
            intake.drain(Batch.Refusal.CLOSED);
            return DONE;
        }
        return idleFor(UNTIL_WOKEN);
    }

    private long idleFor(long nanos) {
        intake.wakeFor(true, true);
        return intake.isEmpty() && !intake.hasTasks() && !intake.closed() ? nanos : 0;
    }
}
