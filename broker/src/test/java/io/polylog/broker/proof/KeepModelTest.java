package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.polylog.broker.QueuePolicy.Keep;
import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Queues that keep what is settled, used at random: 20,000 steps with crashes, a million nightly.
/// `-Dpolylog.seed=N` runs one history again.
final class KeepModelTest extends ModelTest {
    @Override
    void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new KeepModel(seed, shards(seed), sabotage).run(STEPS);
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "LOSES_A_MESSAGE",
                "LOSES_A_SETTLEMENT",
                "FORGETS_RESETS",
                "FORGETS_TRIMS",
                "DOUBLES_DEAD_LETTERS"
            })
    void aPlantedBugIsNoticed(PlantedBug.Kind kind) {
        assertThat(noticed(kind.plant())).isPositive();
    }

    @Test
    void aQueueThatForgetsToKeepIsNoticed() {
        assertThat(
                        LongStream.range(0, 10)
                                .mapToObj(seed -> broken(seed, KeepModelTest::forgetting))
                                .filter(broken -> broken != null))
                .isNotEmpty();
    }

    private static ShardMachine forgetting(ShardMachine machine) {
        return new PolicyForgotten(machine, policy -> policy.with(Keep.NOTHING));
    }

    private Throwable broken(long seed, UnaryOperator<ShardMachine> sabotage) {
        return catchThrowable(() -> run(seed, sabotage));
    }
}
