package io.polylog.log.sim;

import io.polylog.io.Clock;
import io.polylog.io.sim.SimClock;
import io.polylog.log.RecordStore;
import io.polylog.log.ShardMachine;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;

/// A node whose shards run on the modelled engine, through all lives of its process. Everything
/// happens on the test's thread, inside [#step], in an order drawn from the seed.
public final class ModelledNode {
    private static final int LONGEST_STEP_NANOS = 400_000;

    private final SimClock clock;
    private final Temper temper;
    private final SplittableRandom random;
    private final Map<Integer, Medium> media = new TreeMap<>();
    private final Map<Integer, ModelledShardLog> running = new TreeMap<>();
    private boolean diskFull;

    public ModelledNode(long seed, SimClock clock, Temper temper) {
        this.random = new SplittableRandom(seed);
        this.clock = clock;
        this.temper = temper;
    }

    /// Opens a shard: takes back what survived, then leads.
    public ModelledShardLog open(int shard, Function<RecordStore, ShardMachine> machine) {
        if (running.containsKey(shard)) {
            throw new IllegalStateException("shard " + shard + " is open");
        }
        Medium medium = media.computeIfAbsent(shard, id -> new Medium(random.split()));
        ModelledShardLog log = new ModelledShardLog(this, medium, random.split(), machine);
        running.put(shard, log);
        log.start();
        return log;
    }

    /// Lets one shard do one thing.
    ///
    /// @return false when there is nothing to do
    public boolean step() {
        List<ModelledShardLog> busy =
                running.values().stream().filter(ModelledShardLog::hasWork).toList();
        if (busy.isEmpty()) {
            return false;
        }
        clock.advanceNanos(random.nextInt(LONGEST_STEP_NANOS));
        busy.get(random.nextInt(busy.size())).step();
        return true;
    }

    /// The process dies, as by a power cut.
    public void crash() {
        running.values().forEach(ModelledShardLog::crash);
        running.clear();
    }

    /// Takes a checkpoint of each shard now.
    public void checkpoint() {
        running.values().forEach(ModelledShardLog::checkpoint);
    }

    /// From now on there is no room for new data, or there is again.
    public void diskFull(boolean full) {
        diskFull = full;
    }

    boolean isDiskFull() {
        return diskFull;
    }

    Clock clock() {
        return clock;
    }

    Temper temper() {
        return temper;
    }
}
