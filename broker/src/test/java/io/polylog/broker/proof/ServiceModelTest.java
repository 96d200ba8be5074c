package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Queues that are served in ways of their own, used at random: 20,000 steps with crashes, a
/// million nightly. `-Dpolylog.seed=N` runs one history again.
final class ServiceModelTest {
    private static final int STEPS = 200;
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

    private static void histories(int count) {
        SeededRuns.check(count, seed -> run(seed, UnaryOperator.identity()));
    }

    private static void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new ServiceModel(seed, seed % 2 == 0 ? 1 : 3, sabotage).run(STEPS);
    }

    /// Most histories use what is broken; those that do not pass.
    @Test
    void aPolicyThatIsForgottenIsNoticed() {
        assertThat(noticed(policy -> QueuePolicy.NONE)).isGreaterThan(5);
    }

    /// A third of the histories orders by key.
    @Test
    void anOrderByKeyThatIsForgottenIsNoticed() {
        assertThat(noticed(policy -> policy.with(policy.service().with(KeyOrder.NONE))))
                .isPositive();
    }

    private static long noticed(UnaryOperator<QueuePolicy> forgetting) {
        return SeededRuns.violations(seed -> run(seed, m -> new PolicyForgotten(m, forgetting)));
    }
}
