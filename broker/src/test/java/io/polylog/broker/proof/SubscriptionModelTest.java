package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Named subscriptions, used at random: 20,000 steps with crashes, a million nightly.
/// `-Dpolylog.seed=N` runs one history again.
final class SubscriptionModelTest extends ModelTest {
    @Override
    void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new SubscriptionModel(seed, shards(seed), sabotage).run(STEPS);
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "FORGETS_DELETED_SUBSCRIPTIONS",
                "FORGETS_ALTERED_SUBSCRIPTIONS",
                "FORGETS_SETTLEMENTS",
                "FORGETS_ATTEMPTS",
                "LOSES_A_SETTLEMENT"
            })
    void aPlantedBugIsNoticed(PlantedBug.Kind kind) {
        assertThat(noticed(kind.plant())).isPositive();
    }
}
