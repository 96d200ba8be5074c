package io.polylog.broker.proof;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.OpenStreamCommand;
import io.polylog.log.ShardMachine;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A machine that makes each queue another one than was asked for.
record PolicyForgotten(ShardMachine machine, UnaryOperator<QueuePolicy> forgetting)
        implements ShardMachine {
    @Override
    public void apply(Entry entry) {
        List<Logged> plain = entry.commands().stream().map(this::plain).toList();
        machine.apply(
                new Entry(entry.index(), entry.epoch(), entry.timeMs(), plain, entry.proposer()));
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
