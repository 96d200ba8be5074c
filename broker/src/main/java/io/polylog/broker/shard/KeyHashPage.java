package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// The keys' hashes of 4,096 offsets of a stream, 4 bytes each; it grows to the highest offset that
/// has one.
final class KeyHashPage extends Cell {
    static final int SHIFT = 12;
    static final int SIZE = 1 << SHIFT;
    private static final int LEAST = 16;

    final long stream;
    final long number;
    private int[] hashes = {};

    KeyHashPage(long stream, long number) {
        this.stream = stream;
        this.number = number;
    }

    void put(int place, int hash) {
        if (place >= hashes.length) {
            int grown = Math.max(LEAST, Integer.highestOneBit(place) << 1);
            hashes = Arrays.copyOf(hashes, grown);
        }
        hashes[place] = hash;
    }

    int at(int place) {
        return place < hashes.length ? hashes[place] : 0;
    }

    @Override
    public int kind() {
        return CellKind.KEY_HASH_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        ByteBuffer bytes = ByteBuffer.allocate(hashes.length * Integer.BYTES);
        bytes.asIntBuffer().put(hashes);
        out.number(stream).number(number).blob(bytes.array());
    }

    static KeyHashPage decode(HeadReader in) {
        KeyHashPage page = new KeyHashPage(in.number(), in.number());
        ByteBuffer bytes = ByteBuffer.wrap(in.blob());
        page.hashes = new int[bytes.remaining() / Integer.BYTES];
        bytes.asIntBuffer().get(page.hashes);
        return page;
    }
}
