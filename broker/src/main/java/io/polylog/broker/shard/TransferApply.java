package io.polylog.broker.shard;

import io.polylog.broker.command.TransferCommand;
import io.polylog.broker.command.TransferCommand.Sender;
import io.polylog.broker.command.TransferredCommand;
import io.polylog.log.ShardMachine.Logged;
import java.nio.ByteBuffer;

/// Applies both ends of a transfer: what arrives is stored once; what has arrived need not be kept
/// where it came from.
final class TransferApply {
    private final ShardState state;
    private final AppendApply appends;
    private final SettleApply settles;

    TransferApply(ShardState state, AppendApply appends, SettleApply settles) {
        this.state = state;
        this.appends = appends;
        this.settles = settles;
    }

    void arrive(int place, Logged command) {
        ByteBuffer head = command.head();
        Sender sender = TransferCommand.sender(head);
        if (!state.arrivals.knows(sender) && appends.publish(place, command, head, false)) {
            state.arrivals.note(sender, state.timeMs);
        }
    }

    void sent(ByteBuffer head) {
        TransferredCommand command = TransferredCommand.decode(head);
        Stream stream = state.streams.get(command.source());
        Outbox outbox = stream == null ? null : stream.outbox;
        if (stream == null || outbox == null) {
            return;
        }
        state.touch(stream);
        state.cells.touch(outbox);
        outbox.sent(
                command.upTo(), state.cells, (from, end) -> settles.dropSettled(stream, from, end));
        settles.release(stream);
    }
}
