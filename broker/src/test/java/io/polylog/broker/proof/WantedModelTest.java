package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Topics whose subscriptions say how long messages stay, used at random: 20,000 steps with
/// crashes, a million nightly. `-Dpolylog.seed=N` runs one history again.
final class WantedModelTest extends ModelTest {
    @Override
    void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new WantedModel(seed, shards(seed), sabotage).run(STEPS);
    }

    @Test
    void aTopicThatKeepsAllIsNoticed() {
        assertThat(noticed(machine -> new PolicyForgotten(machine, policy -> policy))).isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "LOSES_A_MESSAGE",
                "LOSES_A_SETTLEMENT",
                "FORGETS_SETTLEMENTS",
                "FORGETS_DELETED_SUBSCRIPTIONS",
                "FORGETS_REMOVALS"
            })
    void aPlantedBugIsNoticed(PlantedBug.Kind kind) {
        assertThat(noticed(kind.plant())).isPositive();
    }
}
