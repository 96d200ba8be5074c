package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Numbers of 4,096 offsets of a stream, 4 bytes each; it grows to the highest offset that has one.
final class NumberPage extends Cell {
    static final int SHIFT = 12;
    static final int SIZE = 1 << SHIFT;
    private static final int LEAST = 16;

    private final int kind;
    final long stream;
    final long number;
    private int[] values = {};

    /// A bit for the last six of each number that was put.
    private long present;

    /// @param kind of cell: what the numbers mean
    NumberPage(int kind, long stream, long number) {
        this.kind = kind;
        this.stream = stream;
        this.number = number;
    }

    void put(int place, int value) {
        if (place >= values.length) {
            values = Arrays.copyOf(values, Math.max(LEAST, Integer.highestOneBit(place) << 1));
        }
        values[place] = value;
        present |= 1L << value;
    }

    /// The first place from `from` on that has a number, [#SIZE] for none.
    int next(int value, int from) {
        if (value != 0 && (present & 1L << value) == 0) {
            return SIZE;
        }
        for (int place = from; place < values.length; place++) {
            if (values[place] == value) {
                return place;
            }
        }
        return value == 0 ? Math.max(from, values.length) : SIZE;
    }

    int at(int place) {
        return place < values.length ? values[place] : 0;
    }

    @Override
    public int kind() {
        return kind;
    }

    /// Sizes are mostly small; hashes are not.
    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(number);
        if (kind == CellKind.SIZE_PAGE) {
            out.number(values.length);
            for (int value : values) {
                out.number(value);
            }
        } else {
            ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES);
            bytes.asIntBuffer().put(values);
            out.blob(bytes.array());
        }
    }

    static NumberPage decode(int kind, HeadReader in) {
        NumberPage page = new NumberPage(kind, in.number(), in.number());
        if (kind == CellKind.SIZE_PAGE) {
            page.values = new int[in.integer()];
            for (int place = 0; place < page.values.length; place++) {
                page.values[place] = in.integer();
            }
        } else {
            ByteBuffer bytes = ByteBuffer.wrap(in.blob());
            page.values = new int[bytes.remaining() / Integer.BYTES];
            bytes.asIntBuffer().get(page.values);
        }
        for (int value : page.values) {
            page.present |= 1L << value;
        }
        return page;
    }
}
