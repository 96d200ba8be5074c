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
/// happens on the test's thread, inside [#step], in an order drawn from the seed. Proposals may
/// come from another thread too; then the order is not the seed's alone.
public final class ModelledNode {
    private static final int LONGEST_STEP_NANOS = 400_000;

    private final SimClock clock;
    private final Temper temper;
    private final SplittableRandom random;
    private final Map<Integer, Medium> media = new TreeMap<>();
    private final Map<Integer, ModelledShardLog> running = new TreeMap<>();
    private boolean diskFull;
    private boolean remembersAll;
    private boolean calm;

    public ModelledNode(long seed, SimClock clock, Temper temper) {
        this.random = new SplittableRandom(seed);
        this.clock = clock;
        this.temper = temper;
    }

    /// Opens a shard: takes back what survived, then leads.
    public ModelledShardLog open(int shard, Function<RecordStore, ShardMachine> machine) {
        return open(shard, temper, media.computeIfAbsent(shard, id -> medium()), machine);
    }

    /// Opens a shard that lives in memory: nothing of it survives, and no cluster knows it.
    public ModelledShardLog openInMemory(int shard, Function<RecordStore, ShardMachine> machine) {
        return open(shard, Temper.MEMORY, medium(), machine);
    }

    private Medium medium() {
        return new Medium(random.split(), remembersAll);
    }

    /// From now on media keep their whole log, for [#replayed].
    public void rememberAll() {
        remembersAll = true;
    }

    /// The state of a running shard's machine, as the cells of a checkpoint that nobody keeps.
    public List<byte[]> cells(int shard) {
        return log(shard).dump();
    }

    /// The state that the whole log of a running shard makes of another machine.
    public List<byte[]> replayed(int shard, Function<RecordStore, ShardMachine> machine) {
        return log(shard).replayed(machine);
    }

    private ModelledShardLog log(int shard) {
        ModelledShardLog log = running.get(shard);
        if (log == null) {
            throw new IllegalStateException("shard " + shard + " is not open");
        }
        return log;
    }

    /// From now on nothing is lost, refused or deposed.
    public void calm() {
        calm = true;
    }

    boolean isCalm() {
        return calm;
    }

    private ModelledShardLog open(
            int shard, Temper of, Medium medium, Function<RecordStore, ShardMachine> machine) {
        if (running.containsKey(shard)) {
            throw new IllegalStateException("shard " + shard + " is open");
        }
        ModelledShardLog log = new ModelledShardLog(this, of, medium, random.split(), machine);
        running.put(shard, log);
        log.start();
        return log;
    }

    /// Lets one shard do one thing.
    ///
    /// @return false when there is nothing to do
    public synchronized boolean step() {
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

    /// The process ends in peace: what was accepted is answered first.
    public void close() {
        while (step()) {
            clock.advanceNanos(1);
        }
        crash();
    }

    /// A shard loses its leader now, and finds one in the steps that follow.
    public void depose(int shard) {
        log(shard).loseLeader();
    }

    /// The answer to something under way in a shard gets lost.
    public void loseAnswer(int shard) {
        log(shard).forgetOne();
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
}
