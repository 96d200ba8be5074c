package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.log.ShardMachine;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Queues that store a message once, and only if its sender knows the newest one, used at random:
/// 20,000 steps with crashes, a million nightly. `-Dpolylog.seed=N` runs one history again.
final class AdmissionModelTest extends ModelTest {
    private static final int KEY_VERSION_PAGE = 36;
    private static final int ID_PAGE = 37;

    @Override
    void run(long seed, UnaryOperator<ShardMachine> sabotage) {
        new AdmissionModel(seed, shards(seed), sabotage).run(STEPS);
    }

    @Test
    void aWindowThatIsNotHeededIsNoticed() {
        assertThat(noticed(changing(window -> Deduplication.NONE))).isPositive();
    }

    @Test
    void aWindowThatIsTooLongIsNoticed() {
        UnaryOperator<Deduplication> longer =
                window -> new Deduplication(2 * window.spanMs(), window.count());
        assertThat(noticed(changing(longer))).isPositive();
    }

    @Test
    void aWindowOfOneIdTooManyIsNoticed() {
        UnaryOperator<Deduplication> larger =
                window -> new Deduplication(window.spanMs(), window.count() + 1);
        assertThat(noticed(changing(larger))).isPositive();
    }

    @Test
    void versionsThatAreNotKeptAreNoticed() {
        UnaryOperator<QueuePolicy> forgetting =
                policy ->
                        policy.with(
                                new Admission(policy.admission().deduplication(), KeyOrder.NONE));
        assertThat(noticed(machine -> new PolicyForgotten(machine, forgetting))).isPositive();
    }

    @Test
    void idsThatAreForgottenWithARestartAreNoticed() {
        assertThat(noticed(machine -> new CellsForgotten(machine, ID_PAGE))).isPositive();
    }

    @Test
    void versionsThatAreForgottenWithARestartAreNoticed() {
        assertThat(noticed(machine -> new CellsForgotten(machine, KEY_VERSION_PAGE))).isPositive();
    }

    @Test
    void aMessageThatIsLostIsNoticed() {
        assertThat(noticed(PlantedBug.Kind.LOSES_A_MESSAGE.plant())).isPositive();
    }

    private static UnaryOperator<ShardMachine> changing(UnaryOperator<Deduplication> change) {
        return machine ->
                new PolicyForgotten(
                        machine,
                        policy -> {
                            Admission asked = policy.admission();
                            return asked.deduplication().isNone()
                                    ? policy
                                    : policy.with(
                                            new Admission(
                                                    change.apply(asked.deduplication()),
                                                    asked.versions()));
                        });
    }
}
