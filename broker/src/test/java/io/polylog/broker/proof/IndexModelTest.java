package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Topics that know the subjects of their messages, used at random: 20,000 steps with crashes, a
/// million nightly. `-Dpolylog.seed=N` runs one history again.
final class IndexModelTest extends ModelTest {
    @Override
    void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new IndexModel(seed, shards(seed), sabotage).run(STEPS);
    }

    @ParameterizedTest
    @EnumSource(names = {"LOSES_A_MESSAGE", "STORES_TWICE", "FORGETS_TRIMS", "FORGETS_REMOVALS"})
    void aPlantedBugIsNoticed(PlantedBug.Kind kind) {
        assertThat(noticed(kind.plant())).isPositive();
    }
}
