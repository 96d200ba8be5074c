package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;

/// A kept record of a [KeyTable]'s stream: one or more offsets that are dropped together.
final class KeyedRecord extends Cell {
    final long stream;
    final long offset;
    final int span;

    /// Numbers of the entries of its keys, each once.
    long[] keys = new long[0];

    /// How many of its offsets are owed: the newest of their key, or without a key.
    int live;

    KeyedRecord(long stream, long offset, int span) {
        this.stream = stream;
        this.offset = offset;
        this.span = span;
    }

    @Override
    public int kind() {
        return CellKind.KEYED_RECORD;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(offset).number(span).number(live).number(keys.length);
        for (long key : keys) {
            out.number(key);
        }
    }

    static KeyedRecord decode(HeadReader in) {
        KeyedRecord record = new KeyedRecord(in.number(), in.number(), in.integer());
        record.live = in.integer();
        record.keys = new long[in.integer()];
        for (int i = 0; i < record.keys.length; i++) {
            record.keys[i] = in.number();
        }
        return record;
    }
}
