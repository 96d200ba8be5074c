package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;

/// Where payloads of prepared transactions lie: a stream of the shard's store that nobody reads
/// from but who resolves a transaction after a crash.
final class Stage extends Cell {
    /// Its id in the store: serial numbers of streams begin at 1.
    static final long STREAM = 0;

    /// The next offset.
    long end;

    Stage(long end) {
        this.end = end;
    }

    @Override
    public int kind() {
        return CellKind.STAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(end);
    }

    static Stage decode(HeadReader in) {
        return new Stage(in.number());
    }
}
