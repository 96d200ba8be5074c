package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;

/// A key of a [KeyTable].
final class KeyEntry extends Cell {
    final long stream;

    /// Names the entry in cells of records.
    final long number;

    final byte[] key;

    /// The key's newest offset.
    long newest;

    /// How many kept records mention the key.
    int mentions;

    /// Whether the newest record deletes the key.
    boolean tombstone;

    KeyEntry(long stream, long number, byte[] key) {
        this.stream = stream;
        this.number = number;
        this.key = key;
    }

    @Override
    public int kind() {
        return CellKind.KEY;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(number).blob(key).number(newest);
        out.number(mentions).flag(tombstone);
    }

    static KeyEntry decode(HeadReader in) {
        KeyEntry entry = new KeyEntry(in.number(), in.number(), in.blob());
        entry.newest = in.number();
        entry.mentions = in.integer();
        entry.tombstone = in.flag();
        return entry;
    }
}
