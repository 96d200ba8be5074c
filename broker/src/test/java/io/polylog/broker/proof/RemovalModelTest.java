package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.QueuePolicy;
import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Topics whose messages are removed one by one, used at random: 20,000 steps with crashes, a
/// million nightly. `-Dpolylog.seed=N` runs one history again.
final class RemovalModelTest extends ModelTest {
    private static final int TIMER_PAGE = 15;
    private static final int SIZE_PAGE = 16;

    @Override
    void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new RemovalModel(seed, shards(seed), sabotage).run(STEPS);
    }

    @Test
    void aLimitThatIsNotHeededIsNoticed() {
        assertThat(noticed(machine -> new PolicyForgotten(machine, _ -> QueuePolicy.NONE)))
                .isPositive();
    }

    @Test
    void sizesThatAreForgottenWithARestartAreNoticed() {
        assertThat(noticed(machine -> new CellsForgotten(machine, SIZE_PAGE))).isPositive();
    }

    @Test
    void timesThatAreForgottenWithARestartAreNoticed() {
        assertThat(noticed(machine -> new CellsForgotten(machine, TIMER_PAGE))).isPositive();
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "LOSES_A_MESSAGE",
                "LOSES_A_SETTLEMENT",
                "FORGETS_RESETS",
                "FORGETS_TRIMS",
                "FORGETS_REMOVALS"
            })
    void aPlantedBugIsNoticed(PlantedBug.Kind kind) {
        assertThat(noticed(kind.plant())).isPositive();
    }
}
