package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.util.Arrays;

/// Payload bytes of 4,096 offsets of a stream, four octets each; it grows to the highest offset.
final class SizePage extends Cell {
    static final int SHIFT = 12;
    static final int SIZE = 1 << SHIFT;
    private static final int LEAST = 16;

    final long stream;
    final long number;
    private int[] sizes = {};

    SizePage(long stream, long number) {
        this.stream = stream;
        this.number = number;
    }

    void put(int bit, int bytes) {
        if (bit >= sizes.length) {
            sizes = Arrays.copyOf(sizes, Math.max(LEAST, Integer.highestOneBit(bit) << 1));
        }
        sizes[bit] = bytes;
    }

    int at(int bit) {
        return bit < sizes.length ? sizes[bit] : 0;
    }

    @Override
    public int kind() {
        return CellKind.SIZE_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(number).number(sizes.length);
        for (int bytes : sizes) {
            out.number(bytes);
        }
    }

    static SizePage decode(HeadReader in) {
        SizePage page = new SizePage(in.number(), in.number());
        page.sizes = new int[in.integer()];
        for (int bit = 0; bit < page.sizes.length; bit++) {
            page.sizes[bit] = in.integer();
        }
        return page;
    }
}
