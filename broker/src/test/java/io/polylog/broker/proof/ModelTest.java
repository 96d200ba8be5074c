package io.polylog.broker.proof;

import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A model used at random beside the broker: 20,000 steps with crashes, a million nightly.
/// `-Dpolylog.seed=N` runs one history again.
abstract class ModelTest {
    static final int STEPS = 200;
    private static final int HISTORIES = 100;
    private static final int MANY_HISTORIES = 5_000;

    @Test
    void whatTheModelPromisesIsKept() {
        histories(HISTORIES);
    }

    @Tag("nightly")
    @Test
    void whatTheModelPromisesIsKeptForLong() {
        histories(MANY_HISTORIES);
    }

    private void histories(int count) {
        SeededRuns.check(count, seed -> run(seed, UnaryOperator.identity()));
    }

    /// On how many shards it runs.
    static int shards(long seed) {
        return seed % 2 == 0 ? 1 : 3;
    }

    /// How many of ten histories notice what is done to the shards' machines.
    final long noticed(UnaryOperator<ShardMachine> sabotage) {
        return SeededRuns.violations(seed -> run(seed, sabotage));
    }

    /// Runs a history of [#STEPS] steps.
    abstract void run(long seed, UnaryOperator<ShardMachine> sabotage);
}
