package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Transactions at random, through crashes, are all or nothing.
///
/// Run one seed again with `-Dpolylog.seed=...`.
final class TransactionModelTest {
    private static final int OPERATIONS = 500;
    private static final int SEEDS = 40;
    private static final int CLUSTER_SEEDS = 10;
    private static final int MANY_SEEDS = 500;
    private static final int BUG_SEEDS = 10;

    /// 40 seeds of 500 operations: 20,000 with each number of shards.
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void onShardsThatNeverLoseTheirLeader(int shards) {
        run(SEEDS, shards, Temper.LOCAL);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void onShardsOfACluster(int shards) {
        run(CLUSTER_SEEDS, shards, Temper.CLUSTER);
    }

    /// A million operations.
    @Tag("nightly")
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void forLong(int shards) {
        run(MANY_SEEDS, shards, Temper.LOCAL);
        run(MANY_SEEDS, shards, Temper.CLUSTER);
    }

    @ParameterizedTest
    @EnumSource
    void aPlantedBugIsFound(TransactionBug bug) {
        Throwable found =
                LongStream.rangeClosed(1, BUG_SEEDS)
                        .mapToObj(seed -> failure(seed, bug.plant()))
                        .filter(failure -> failure != null)
                        .findFirst()
                        .orElse(null);

        assertThat(found).as("what is found with %d seeds", BUG_SEEDS).isNotNull();
        assertThat(found).isInstanceOf(AssertionError.class).hasMessageContaining("seed");
    }

    private static @Nullable Throwable failure(long seed, UnaryOperator<ShardMachine> sabotage) {
        try (TransactionHistory history = new TransactionHistory(seed, 3, Temper.LOCAL, sabotage)) {
            history.run(OPERATIONS);
            return null;
        } catch (AssertionError | RuntimeException found) {
            return found;
        }
    }

    private static void run(int seeds, int shards, Temper temper) {
        Long only = Long.getLong("polylog.seed");
        long first = only == null ? 1 : only;
        long last = only == null ? seeds : only;
        int committed = 0;
        int inDoubt = 0;
        for (long seed = first; seed <= last; seed++) {
            try (TransactionHistory history =
                    new TransactionHistory(seed, shards, temper, UnaryOperator.identity())) {
                List<Integer> counts = history.run(OPERATIONS);
                committed += counts.get(0);
                inDoubt += counts.get(2);
            }
        }
        assertThat(committed).as("transactions committed").isPositive();
        assertThat(inDoubt).as("transactions that a crash cut off").isPositive();
    }
}
