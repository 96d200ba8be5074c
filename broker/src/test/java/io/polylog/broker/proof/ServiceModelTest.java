package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.OpenStreamCommand;
import io.polylog.log.ShardMachine;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
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
        Long only = Long.getLong("polylog.seed");
        LongStream seeds = only == null ? LongStream.range(0, count) : LongStream.of(only);
        seeds.forEach(seed -> {
            Throwable broken = catchThrowable(() -> run(seed, UnaryOperator.identity()));
            assertThat(broken).as("-Dpolylog.seed=" + seed).isNull();
        });
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
        return LongStream.range(0, 10)
                .filter(seed ->
                        catchThrowable(() -> run(seed, m -> new PolicyForgotten(m, forgetting)))
                                instanceof Violation)
                .count();
    }

    /// A machine that makes each queue a simpler one.
    private record PolicyForgotten(ShardMachine machine, UnaryOperator<QueuePolicy> forgetting)
            implements ShardMachine {
        @Override
        public void apply(Entry entry) {
            List<Logged> plain = entry.commands().stream().map(this::plain).toList();
            machine.apply(
                    new Entry(
                            entry.index(), entry.epoch(), entry.timeMs(), plain, entry.proposer()));
        }

        private Logged plain(Logged command) {
            if (command.type() != OpenStreamCommand.TYPE) {
                return command;
            }
            OpenStreamCommand open = OpenStreamCommand.decode(command.head().duplicate());
            HeadWriter head = new HeadWriter(32);
            QueuePolicy simpler = forgetting.apply(open.policy());
            new OpenStreamCommand(open.stream(), open.keeps(), simpler).encode(head);
            return new Logged(command.type(), command.span(), head.toBuffer(), command.locator());
        }

        @Override
        public void committed() {
            machine.committed();
        }

        @Override
        public void leading(long epoch) {
            machine.leading(epoch);
        }

        @Override
        public @Nullable Snapshot checkpoint() {
            return machine.checkpoint();
        }

        @Override
        public void restore(ByteBuffer cell) {
            machine.restore(cell);
        }

        @Override
        public void restored() {
            machine.restored();
        }
    }
}
