package io.polylog.broker.core;

import io.polylog.broker.Broker;
import io.polylog.io.SeededEntropy;
import io.polylog.io.sim.SimClock;
import io.polylog.io.sim.SimScheduler;
import io.polylog.log.ShardLog;
import io.polylog.log.sim.ModelledNode;
import io.polylog.log.sim.Temper;
import io.polylog.metrics.Metrics;
import io.polylog.security.Permissions;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/// On the modelled engine: one thread, every step drawn from a seed.
final class ModelRig extends Rig {
    private static final int META = 0;
    private static final int FIRST_DATA = 1;

    private final SimClock clock = new SimClock();
    private final SimScheduler scheduler = new SimScheduler(clock);
    private final SplittableRandom random;
    private final int shards;
    private final ModelledNode durable;
    private ModelledNode volatileNode;
    private CoreMachines machines;
    private Broker broker;

    ModelRig(long seed, int shards, Temper temper) {
        this.shards = shards;
        random = new SplittableRandom(seed);
        durable = new ModelledNode(random.nextLong(), clock, temper);
        start();
    }

    private void start() {
        machines = new CoreMachines(BUILT_INS, shards, new Metrics());
        CoreMachines made = machines;
        volatileNode = new ModelledNode(random.nextLong(), clock, Temper.LOCAL);
        ShardLog meta = durable.open(META, made::meta);
        List<ShardLog> data = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            int shard = i;
            data.add(durable.open(FIRST_DATA + i, store -> made.data(shard, store)));
        }
        ShardLog memory = volatileNode.open(0, made::memory);
        Surroundings surroundings =
                new Surroundings(
                        clock, scheduler, new SeededEntropy(random.nextLong()), Permissions.ALL);
        CompletableFuture<Broker> started =
                Core.starting(made, new Logs(meta, data, memory), surroundings)
                        .toCompletableFuture();
        until(started::isDone);
        broker = started.join();
    }

    SplittableRandom random() {
        return random;
    }

    SimClock clock() {
        return clock;
    }

    SimScheduler scheduler() {
        return scheduler;
    }

    ModelledNode node() {
        return durable;
    }

    CoreMachines machines() {
        return machines;
    }

    @Override
    Broker broker() {
        return broker;
    }

    @Override
    boolean turn() {
        boolean loopFirst = random.nextBoolean();
        if (loopFirst && runPosted()) {
            return true;
        }
        boolean durableFirst = random.nextBoolean();
        ModelledNode first = durableFirst ? durable : volatileNode;
        ModelledNode second = durableFirst ? volatileNode : durable;
        return first.step() || second.step() || runPosted() || runTimer();
    }

    private boolean runPosted() {
        Runnable next = posted.poll();
        if (next != null) {
            next.run();
        }
        return next != null;
    }

    private boolean runTimer() {
        long due = scheduler.nextDueNanos();
        if (due == Long.MAX_VALUE) {
            return false;
        }
        scheduler.advanceNanos(Math.max(0, due - clock.nanos()));
        return true;
    }

    @Override
    void crash() {
        durable.crash();
        volatileNode.crash();
        scheduler.clear();
        forgetSessions();
        start();
    }

    @Override
    void checkpoint() {
        durable.checkpoint();
        settleDown();
    }

    @Override
    public void close() {
        super.close();
        settleDown();
    }
}
