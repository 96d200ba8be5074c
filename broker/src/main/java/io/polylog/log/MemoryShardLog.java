package io.polylog.log;

import io.polylog.io.Clock;
import io.polylog.io.Worker;
import io.polylog.io.Workers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The engine for memory topics: applies at once and never writes. It has a thread of its own, on
/// which the machine runs; everything is gone when the process ends. What it stores is bounded by
/// the machine above, what waits by the intake.
public final class MemoryShardLog implements ShardLog, AutoCloseable {
    private static final int BATCHES_PER_ROUND = 256;
    private static final long EPOCH = 1;

    private final Clock clock;
    private final Intake intake;
    private final MemoryStore store = new MemoryStore();
    private final ShardState shard;
    private final Workers.Running running;
    private final List<ShardMachine.Logged> logged = new ArrayList<>();
    private final List<ShardMachine.Logged> loggedView = Collections.unmodifiableList(logged);

    /// Starts the engine; the machine leads as soon as its thread runs.
    ///
    /// @param name the thread's name
    /// @param waitingLimitBytes bound on what waits to be applied
    /// @param machine makes the machine over this engine's store
    public MemoryShardLog(
            String name,
            long waitingLimitBytes,
            Clock clock,
            Workers workers,
            Function<RecordStore, ShardMachine> machine) {
        this.clock = clock;
        intake = new Intake(waitingLimitBytes);
        shard = new ShardState(0, machine.apply(store));
        running = workers.start(name, Thread.NORM_PRIORITY, this::work);
        execute(() -> shard.machine.leading(EPOCH));
    }

    @Override
    public void propose(Batch batch) {
        if (intake.propose(new Pending(shard, batch))) {
            running.wake();
        }
    }

    @Override
    public void execute(Runnable task) {
        intake.execute(task);
        running.wake();
    }

    @Override
    public long epoch() {
        return EPOCH;
    }

    @Override
    public RecordStore store() {
        return store;
    }

    /// Applies what was accepted, then ends. Not for the engine's own thread.
    @Override
    public void close() {
        intake.close();
        running.wake();
        running.awaitEnd();
    }

    private long work() {
        boolean ran = runTasks();
        boolean worked = applyBatches() || ran;
        shard.commitIfTouched();
        if (worked) {
            return 0;
        }
        intake.wakeFor(true, true);
        if (!intake.isEmpty() || intake.hasTasks()) {
            return 0;
        }
        if (intake.closed()) {
            intake.drain(Batch.Refusal.CLOSED);
            return Worker.DONE;
        }
        return Worker.UNTIL_WOKEN;
    }

    private boolean runTasks() {
        boolean ran = false;
        Runnable task;
        while ((task = intake.nextTask()) != null) {
            task.run();
            ran = true;
        }
        if (ran) {
            shard.touch();
        }
        return ran;
    }

    private boolean applyBatches() {
        Pending pending;
        int count = 0;
        while (count < BATCHES_PER_ROUND && (pending = intake.peek()) != null) {
            intake.take(pending);
            apply(pending);
            count++;
        }
        return count > 0;
    }

    private void apply(Pending pending) {
        shard.stamp(pending, clock.wallMs());
        Batch batch = pending.batch;
        store.begin();
        logged.clear();
        for (Command command : batch.commands()) {
            logged.add(log(command, pending.timeMs));
        }
        shard.touch();
        shard.machine.apply(
                new ShardMachine.Entry(
                        pending.index, EPOCH, pending.timeMs, loggedView, batch.proposer()));
        batch.proposer().done(pending.index, EPOCH);
        intake.answered(pending);
    }

    private ShardMachine.Logged log(Command command, long timeMs) {
        ByteBuffer head = Pending.head(command);
        ByteBuffer payload = command.payload();
        ShardMachine.@Nullable Locator locator =
                payload == null ? null : store.hold(command, payload, timeMs);
        return new ShardMachine.Logged(command.type(), command.span(), head, locator);
    }
}
