package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Broker;
import io.polylog.broker.core.Core;
import io.polylog.broker.core.CoreMachines;
import io.polylog.broker.core.Logs;
import io.polylog.broker.core.Surroundings;
import io.polylog.broker.meta.BuiltIns;
import io.polylog.io.SeededEntropy;
import io.polylog.io.sim.SimClock;
import io.polylog.io.sim.SimScheduler;
import io.polylog.log.ShardLog;
import io.polylog.log.ShardMachine;
import io.polylog.log.sim.ModelledNode;
import io.polylog.log.sim.Temper;
import io.polylog.metrics.Metrics;
import io.polylog.security.Permissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The broker over the modelled engine. Loop, engine and timers take turns on the test's thread, in
/// an order drawn from the seed.
class ModelledRig extends Rig.Durable {
    private static final int MEMORY = 100;
    private static final int META = 101;
    private static final int STEPS = 3_000_000;
    private static final long NANOS_PER_MS = 1_000_000;
    private static final long QUIET_NANOS = 200 * NANOS_PER_MS;

    final SimClock clock = new SimClock();
    final ModelledNode node;
    private final SimScheduler scheduler = new SimScheduler(clock);
    private final SeededEntropy entropy;
    private final SplittableRandom random;
    private final int shards;
    private final UnaryOperator<ShardMachine> sabotage;
    private @Nullable Broker broker;

    ModelledRig(long seed, int shards, Temper temper) {
        this(seed, shards, temper, UnaryOperator.identity());
    }

    /// @param sabotage what a planted bug makes of the machines
    ModelledRig(long seed, int shards, Temper temper, UnaryOperator<ShardMachine> sabotage) {
        this.shards = shards;
        this.sabotage = sabotage;
        random = new SplittableRandom(seed);
        entropy = new SeededEntropy(seed + 1);
        node = new ModelledNode(seed + 2, clock, temper);
        node.rememberAll();
        start();
    }

    private void start() {
        CoreMachines machines =
                new CoreMachines(new BuiltIns(BUILT_INS, SUBJECTS), shards, new Metrics());
        List<ShardLog> data = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            int shard = i;
            data.add(node.open(shard, store -> sabotage.apply(machines.data(shard, store))));
        }
        ShardLog memory = node.openInMemory(MEMORY, machines::memory);
        ShardLog meta = node.open(META, machines::meta);
        Surroundings surroundings =
                new Surroundings(clock, scheduler, entropy, Permissions.ALL, OPENER);
        broker = await(Core.starting(machines, new Logs(meta, data, memory), surroundings));
    }

    @Override
    Broker broker() {
        return Objects.requireNonNull(broker);
    }

    /// Lets the loop, the engine or a timer do one thing.
    boolean work() {
        int first = random.nextInt(3);
        for (int i = 0; i < 3; i++) {
            boolean worked =
                    switch ((first + i) % 3) {
                        case 0 -> loop.runOne();
                        case 1 -> node.step();
                        default -> scheduler.runNextDue();
                    };
            if (worked) {
                return true;
            }
        }
        return false;
    }

    /// As [#work], but when all are idle time goes on to the next timer.
    private boolean workOrWait(long untilNanos) {
        if (work()) {
            return true;
        }
        long due = scheduler.nextDueNanos();
        if (due > untilNanos) {
            return false;
        }
        clock.advanceNanos(Math.max(0, due - clock.nanos()));
        return true;
    }

    @Override
    void await(String what, BooleanSupplier condition) {
        long deadline = clock.nanos() + 1_000_000 * NANOS_PER_MS;
        for (int i = 0; i < STEPS; i++) {
            if (condition.getAsBoolean()) {
                return;
            }
            assertThat(workOrWait(deadline))
                    .as("nothing is left to happen before: " + what)
                    .isTrue();
        }
        throw new AssertionError("it goes on for ever without: " + what);
    }

    @Override
    void quiesce() {
        long deadline = clock.nanos() + QUIET_NANOS;
        for (int i = 0; workOrWait(deadline); i++) {
            assertThat(i).as("steps without an end").isLessThan(STEPS);
        }
    }

    @Override
    void passMs(long ms) {
        long end = clock.nanos() + ms * NANOS_PER_MS;
        while (workOrWait(end)) {
            assertThat(broker).isNotNull();
        }
        clock.advanceNanos(Math.max(0, end - clock.nanos()));
        quiesce();
    }

    @Override
    long nanos() {
        return clock.nanos();
    }

    @Override
    <T> T blocking(Supplier<T> call) {
        CompletableFuture<T> result = CompletableFuture.supplyAsync(call);
        long deadline = System.nanoTime() + 30_000 * NANOS_PER_MS;
        while (!result.isDone()) {
            if (!workOrWait(clock.nanos() + QUIET_NANOS)) {
                Thread.onSpinWait();
            }
            assertThat(System.nanoTime()).as("blocked too long").isLessThan(deadline);
        }
        return result.join();
    }

    @Override
    void crash() {
        node.crash();
        afresh();
    }

    @Override
    void restart() {
        quiesce();
        node.close();
        afresh();
    }

    private void afresh() {
        loop.clear();
        scheduler.clear();
        start();
    }

    @Override
    void checkpoint() {
        node.checkpoint();
    }

    /// Goes so many steps and looks after each, when all is quiet, whether all is right; then the
    /// state must be what the log makes of it. Ends with that.
    void live(int steps, Runnable step, Runnable check) {
        for (int i = 0; i < steps; i++) {
            step.run();
            quiesce();
            check.run();
        }
        checkReplay();
        close();
    }

    /// Checks that every machine's state is what replay of its whole log makes of another one.
    void checkReplay() {
        CoreMachines others =
                new CoreMachines(new BuiltIns(BUILT_INS, SUBJECTS), shards, new Metrics());
        for (int i = 0; i < shards; i++) {
            int shard = i;
            CellDump.checkEqual(
                    "shard " + shard,
                    CellDump.ofShard(node.cells(shard)),
                    CellDump.ofShard(
                            node.replayed(
                                    shard, store -> sabotage.apply(others.data(shard, store)))));
        }
        CellDump.checkEqual(
                "the definitions",
                CellDump.ofMeta(node.cells(META)),
                CellDump.ofMeta(node.replayed(META, others::meta)));
    }

    @Override
    void diskFull(boolean full) {
        node.diskFull(full);
    }

    @Override
    public void close() {
        node.crash();
    }
}
