package io.polylog.log;

import io.polylog.io.Clock;
import java.util.Collection;

/// Runs what was handed to [ShardLog#execute]. Commit thread.
final class ShardTasks {
    private static final long ROUND_NANOS = 1_000_000;
    private static final int TASKS_BETWEEN_LOOKS = 64;

    private final Clock clock;
    private final Intake intake;
    private final Collection<ShardState> shards;

    ShardTasks(Clock clock, Intake intake, Collection<ShardState> shards) {
        this.clock = clock;
        this.intake = intake;
        this.shards = shards;
    }

    /// Runs what waits, for a moment, and lets its effects leave.
    void run() {
        Runnable task = intake.nextTask();
        if (task == null) {
            return;
        }
        long end = clock.nanos() + ROUND_NANOS;
        for (int count = 1; task != null; count++) {
            task.run();
            boolean look = count % TASKS_BETWEEN_LOOKS == 0;
            task = look && clock.nanos() > end ? null : intake.nextTask();
        }
        shards.forEach(ShardState::commitIfTouched);
    }
}
