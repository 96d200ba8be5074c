package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;

/// Which producers a stream may have known and forgotten: those with ids up to the newest one that
/// was. Ids are given out in order, so a later one was never heard of.
final class ForgottenProducers extends Cell {
    final long stream;
    private long newestId;

    ForgottenProducers(long stream, long newestId) {
        this.stream = stream;
        this.newestId = newestId;
    }

    long newestId() {
        return newestId;
    }

    void add(long id) {
        newestId = Math.max(newestId, id);
    }

    @Override
    public int kind() {
        return CellKind.FORGOTTEN_PRODUCERS;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(newestId);
    }

    static ForgottenProducers decode(HeadReader in) {
        return new ForgottenProducers(in.number(), in.number());
    }
}
