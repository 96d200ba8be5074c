package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.util.ArrayList;
import java.util.List;

/// A transaction that a shard is prepared to commit, and not yet told to.
final class Prepared extends Cell {
    final long id;

    /// The shard that decides it.
    final int home;

    /// The first of its payloads on the stage.
    final long first;

    /// One past the last of them.
    final long end;

    /// What it settles.
    final List<Hold> holds = new ArrayList<>(0);

    Prepared(long id, int home, long first, long end) {
        this.id = id;
        this.home = home;
        this.first = first;
        this.end = end;
    }

    @Override
    public int kind() {
        return CellKind.PREPARED;
    }

    @Override
    public void encode(HeadWriter out) {
        out.fixed(id).number(home).number(first).number(end);
    }

    static Prepared decode(HeadReader in) {
        return new Prepared(in.fixed(), in.integer(), in.number(), in.number());
    }
}
