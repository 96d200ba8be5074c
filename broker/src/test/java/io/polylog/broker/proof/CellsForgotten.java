package io.polylog.broker.proof;

import io.polylog.broker.command.HeadReader;
import io.polylog.log.ShardMachine;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A machine that does not take back the cells of one kind.
record CellsForgotten(ShardMachine machine, int kind) implements ShardMachine {
    @Override
    public void apply(Entry entry) {
        machine.apply(entry);
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
        ByteBuffer pack = cell.duplicate();
        ByteBuffer kept = ByteBuffer.allocate(pack.remaining());
        kept.put(pack.get());
        HeadReader in = new HeadReader(pack);
        while (pack.hasRemaining()) {
            int from = pack.position();
            int next = in.octet();
            int length = in.integer();
            int end = pack.position() + length;
            if (next != kind) {
                kept.put(pack.duplicate().position(from).limit(end));
            }
            pack.position(end);
        }
        machine.restore(kept.flip());
    }

    @Override
    public void restored() {
        machine.restored();
    }
}
