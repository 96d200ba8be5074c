package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;

/// A transaction that was decided in this shard and may not be carried out in others yet.
final class Decided extends Cell {
    final long id;

    Decided(long id) {
        this.id = id;
    }

    @Override
    public int kind() {
        return CellKind.DECIDED;
    }

    @Override
    public void encode(HeadWriter out) {
        out.fixed(id);
    }

    static Decided decode(HeadReader in) {
        return new Decided(in.fixed());
    }
}
