package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;

/// Messages of a stream that follow each other and are to go elsewhere for the same reason. Never
/// changes.
public final class Outgoing extends Cell {
    final long stream;
    final long sequence;
    final long first;
    final long end;
    final Errand errand;
    final long timeMs;

    Outgoing(long stream, long sequence, long first, long end, Errand errand, long timeMs) {
        this.stream = stream;
        this.sequence = sequence;
        this.first = first;
        this.end = end;
        this.errand = errand;
        this.timeMs = timeMs;
    }

    /// Number of the first among all that the stream sends; the others follow.
    public long sequence() {
        return sequence;
    }

    /// The first offset.
    public long first() {
        return first;
    }

    /// One past the last offset.
    public long end() {
        return end;
    }

    /// Why they go.
    public Errand errand() {
        return errand;
    }

    /// The log's time when it was decided.
    public long timeMs() {
        return timeMs;
    }

    /// One past the last sequence.
    long endSequence() {
        return sequence + end - first;
    }

    /// What is left when everything below a sequence is gone.
    Outgoing from(long other) {
        return new Outgoing(stream, other, first + other - sequence, end, errand, timeMs);
    }

    @Override
    public int kind() {
        return CellKind.OUTGOING;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(sequence).number(first).number(end - first);
        Errand.encode(out, errand);
        out.number(timeMs);
    }

    static Outgoing decode(HeadReader in) {
        long stream = in.number();
        long sequence = in.number();
        long first = in.number();
        long end = first + in.number();
        return new Outgoing(stream, sequence, first, end, Errand.decode(in), in.number());
    }
}
