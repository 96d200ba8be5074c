package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Named subscriptions, used at random: 10,000 steps with crashes, a million nightly.
/// `-Dpolylog.seed=N` runs one history again.
final class SubscriptionModelTest {
    private static final int STEPS = 100;
    private static final int HISTORIES = 100;
    private static final int MANY_HISTORIES = 10_000;

    @Test
    void whatTheModelPromisesIsKept() {
        histories(HISTORIES);
    }

    @Tag("nightly")
    @Test
    void whatTheModelPromisesIsKeptForLong() {
        histories(MANY_HISTORIES);
    }

    private static void histories(int count) {
        SeededRuns.check(count, seed -> run(seed, UnaryOperator.identity()));
    }

    private static void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new SubscriptionModel(seed, seed % 2 == 0 ? 1 : 3, sabotage).run(STEPS);
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "FORGETS_DELETED_SUBSCRIPTIONS",
                "FORGETS_SETTLEMENTS",
                "FORGETS_ATTEMPTS",
                "LOSES_A_SETTLEMENT"
            })
    void aPlantedBugIsNoticed(PlantedBug.Kind kind) {
        assertThat(SeededRuns.violations(seed -> run(seed, kind.plant()))).isPositive();
    }
}
