package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Queues that are served in ways of their own, used at random: 20,000 steps with crashes, a
/// million nightly. `-Dpolylog.seed=N` runs one history again.
final class ServiceModelTest extends ModelTest {
    @Override
    void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new ServiceModel(seed, shards(seed), sabotage).run(STEPS);
    }

    /// Most histories use what is broken; those that do not pass.
    @Test
    void aPolicyThatIsForgottenIsNoticed() {
        assertThat(forgotten(policy -> QueuePolicy.NONE)).isGreaterThan(5);
    }

    /// A third of the histories orders by key.
    @Test
    void anOrderByKeyThatIsForgottenIsNoticed() {
        assertThat(forgotten(policy -> policy.with(policy.service().with(KeyOrder.NONE))))
                .isPositive();
    }

    /// Another third has turns by key.
    @Test
    void turnsThatAreForgottenAreNoticed() {
        assertThat(forgotten(policy -> policy.with(policy.service().sharing(KeyOrder.NONE))))
                .isPositive();
    }

    private long forgotten(UnaryOperator<QueuePolicy> forgetting) {
        return noticed(machine -> new PolicyForgotten(machine, forgetting));
    }
}
