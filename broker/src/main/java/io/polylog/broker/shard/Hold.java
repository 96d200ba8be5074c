package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.machine.Cell;
import java.nio.ByteBuffer;

/// Settlements of a prepared transaction: checked, and kept for it until it is resolved. Nobody
/// else is given these messages meanwhile, whoever leads the shard.
final class Hold extends Cell {

    final long transaction;

    /// Which of the transaction's.
    final int number;

    final SettleCommand command;

    Hold(long transaction, int number, SettleCommand command) {
        this.transaction = transaction;
        this.number = number;
        this.command = command;
    }

    @Override
    public int kind() {
        return CellKind.HOLD;
    }

    @Override
    public void encode(HeadWriter out) {
        HeadWriter settlement = new HeadWriter(64);
        command.encode(settlement);
        out.fixed(transaction).number(number).blob(settlement);
    }

    static Hold decode(HeadReader in) {
        long transaction = in.fixed();
        int number = in.integer();
        return new Hold(transaction, number, SettleCommand.decode(ByteBuffer.wrap(in.blob())));
    }
}
