package io.polylog.broker.proof;

import io.polylog.log.sim.Temper;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What several sessions do at random, with crashes, is always what the model allows: nothing
/// accepted is lost, nothing invented, order and attempts are right, what was settled never comes
/// back, duplicates are stored once, and the state is what replay of the log gives.
///
/// Run one seed again with `-Dpolylog.seed=...`.
final class RandomHistoryTest {
    private static final int STEPS = 400;
    private static final int MANY_STEPS = 4_000;
    private static final int SEEDS = 15;
    private static final int MANY_SEEDS = 400;

    @ParameterizedTest
    @MethodSource("seeds")
    void onOneShardThatNeverLosesItsLeader(long seed) {
        histories(1, Temper.LOCAL).run(seed, STEPS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void onThreeShardsThatNeverLoseTheirLeader(long seed) {
        histories(3, Temper.LOCAL).run(seed, STEPS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void onOneShardOfACluster(long seed) {
        histories(1, Temper.CLUSTER).run(seed, STEPS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void onThreeShardsOfACluster(long seed) {
        histories(3, Temper.CLUSTER).run(seed, STEPS);
    }

    @Tag("nightly")
    @ParameterizedTest
    @MethodSource("manySeeds")
    void forLong(long seed) {
        int shards = seed % 2 == 0 ? 1 : 3;
        Temper temper = seed % 4 < 2 ? Temper.LOCAL : Temper.CLUSTER;
        histories(shards, temper).run(seed, MANY_STEPS);
    }

    private static Histories histories(int shards, Temper temper) {
        return new Histories(shards, temper);
    }

    static LongStream seeds() {
        return drawn(SEEDS);
    }

    static LongStream manySeeds() {
        return drawn(MANY_SEEDS);
    }

    private static LongStream drawn(int count) {
        Long only = Long.getLong("polylog.seed");
        return only == null
                ? LongStream.rangeClosed(1, Long.getLong("polylog.seeds", count))
                : LongStream.of(only);
    }
}
