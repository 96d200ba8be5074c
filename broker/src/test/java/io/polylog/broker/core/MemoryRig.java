package io.polylog.broker.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Broker;
import io.polylog.io.SeededEntropy;
import io.polylog.io.SystemClock;
import io.polylog.io.ThreadWorkers;
import io.polylog.io.Threads;
import io.polylog.io.TimerScheduler;
import io.polylog.log.MemoryShardLog;
import io.polylog.log.RecordStore;
import io.polylog.log.ShardLog;
import io.polylog.log.ShardMachine;
import io.polylog.metrics.Metrics;
import io.polylog.security.Permissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// On the memory engine, with its real threads. Forgets everything in a crash.
final class MemoryRig extends Rig {
    private static final int WAITING_BYTES = 64 << 20;
    private static final int PATIENCE_MS = 10_000;
    private static final int LOOK_MS = 2;

    private final int shards;
    private final List<MemoryShardLog> logs = new ArrayList<>();
    private TimerScheduler scheduler;
    private final AtomicReference<Throwable> died = new AtomicReference<>();
    private Broker broker;

    MemoryRig(int shards) {
        this.shards = shards;
        start();
    }

    private void died(Thread thread, Throwable why) {
        died.set(why);
    }

    private void start() {
        scheduler = new TimerScheduler(new Threads(this::died));
        CoreMachines machines = new CoreMachines(BUILT_INS, shards, new Metrics());
        ShardLog meta = log("meta", machines::meta);
        List<ShardLog> data = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            int shard = i;
            data.add(log("data-" + i, store -> machines.data(shard, store)));
        }
        ShardLog memory = log("memory", machines::memory);
        Surroundings surroundings =
                new Surroundings(
                        new SystemClock(), scheduler, new SeededEntropy(1), Permissions.ALL);
        broker = Core.start(machines, new Logs(meta, data, memory), surroundings);
    }

    private ShardLog log(String name, Function<RecordStore, ShardMachine> machine) {
        MemoryShardLog log =
                new MemoryShardLog(
                        name,
                        WAITING_BYTES,
                        new SystemClock(),
                        new ThreadWorkers(this::died),
                        machine);
        logs.add(log);
        return log;
    }

    @Override
    Broker broker() {
        return broker;
    }

    /// What it waits for may happen on another thread without anything being posted: it is looked
    /// at again and again.
    @Override
    void until(BooleanSupplier condition) {
        int fruitlessMs = 0;
        while (!condition.getAsBoolean()) {
            fruitlessMs = turn(LOOK_MS) ? 0 : fruitlessMs + LOOK_MS;
            assertThat(fruitlessMs).as("nothing more happens").isLessThan(PATIENCE_MS);
        }
    }

    @Override
    boolean turn() {
        return turn(PATIENCE_MS);
    }

    private boolean turn(int waitMs) {
        if (died.get() != null) {
            throw new AssertionError("a thread died", died.get());
        }
        try {
            Runnable next = posted.poll(waitMs, TimeUnit.MILLISECONDS);
            if (next != null) {
                next.run();
            }
            return next != null;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    void crash() {
        stop();
        forgetSessions();
        start();
    }

    @Override
    void checkpoint() {}

    private void stop() {
        scheduler.close();
        logs.forEach(MemoryShardLog::close);
        logs.clear();
    }

    @Override
    public void close() {
        super.close();
        stop();
    }
}
