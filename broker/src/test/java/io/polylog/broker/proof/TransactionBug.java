package io.polylog.broker.proof;

import io.polylog.broker.command.TransactCommand;
import io.polylog.broker.command.TransactCommand.Step;
import io.polylog.log.ShardMachine;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// What may go wrong with transactions, in a shard's machine that is given other batches than the
/// log has.
enum TransactionBug {
    /// What is prepared is visible at once.
    SHOWS_WHAT_IS_PREPARED,
    /// After a restart the decisions are forgotten.
    FORGETS_DECISIONS,
    /// After a restart what was prepared is forgotten.
    FORGETS_WHAT_WAS_PREPARED,
    /// The last command of a transaction is left out.
    LEAVES_A_COMMAND_OUT,
    /// What was prepared is never rolled back, nor given back.
    NEVER_ROLLS_BACK;

    UnaryOperator<ShardMachine> plant() {
        return machine -> new Planted(machine, this);
    }

    private List<ShardMachine.Logged> changed(
            List<ShardMachine.Logged> commands, Step step, boolean replay) {
        List<ShardMachine.Logged> changed = new ArrayList<>(commands);
        switch (this) {
            case SHOWS_WHAT_IS_PREPARED -> {
                if (step == Step.PREPARE) {
                    changed.set(0, as(Step.WHOLE, commands.getFirst()));
                }
            }
            case FORGETS_DECISIONS -> {
                if (replay && step == Step.DECIDE) {
                    changed.set(0, as(Step.WHOLE, commands.getFirst()));
                }
            }
            case FORGETS_WHAT_WAS_PREPARED -> {
                if (replay && step == Step.PREPARE) {
                    changed.set(0, as(Step.ASK, commands.getFirst()));
                }
            }
            case LEAVES_A_COMMAND_OUT -> {
                if (step == Step.WHOLE && changed.size() > 2) {
                    changed.removeLast();
                }
            }
            case NEVER_ROLLS_BACK -> {
                if (step == Step.ROLL_BACK) {
                    changed.set(0, as(Step.ASK, commands.getFirst()));
                }
            }
        }
        return changed;
    }

    private static ShardMachine.Logged as(Step step, ShardMachine.Logged logged) {
        TransactCommand command = TransactCommand.decode(logged.head().duplicate());
        ByteBuffer head = new TransactCommand(step, command.id(), command.home()).command().head();
        return new ShardMachine.Logged(TransactCommand.TYPE, 0, head, null);
    }

    private record Planted(ShardMachine machine, TransactionBug bug) implements ShardMachine {
        @Override
        public void apply(Entry entry) {
            List<Logged> commands = entry.commands();
            if (commands.getFirst().type() == TransactCommand.TYPE) {
                ByteBuffer head = commands.getFirst().head().duplicate();
                Step step = TransactCommand.decode(head).step();
                commands = bug.changed(commands, step, entry.proposer() == null);
            }
            machine.apply(
                    new Entry(
                            entry.index(),
                            entry.epoch(),
                            entry.timeMs(),
                            commands,
                            entry.proposer()));
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
        public Snapshot checkpoint() {
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
