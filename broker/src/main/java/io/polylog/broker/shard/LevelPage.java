package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.util.Arrays;

/// The levels of priority of 4,096 offsets of a stream, a byte each; it grows to the highest offset
/// that has one of its own. Knows which levels there are, so that a search passes by.
final class LevelPage extends Cell {
    static final int SHIFT = 12;
    static final int SIZE = 1 << SHIFT;
    private static final int LEAST_BYTES = 64;

    final long stream;
    final long number;
    private final int usual;
    private byte[] levels = {};

    /// A bit for each level that some offset was ever put at.
    private final long[] present = new long[4];

    LevelPage(long stream, long number, int usual) {
        this.stream = stream;
        this.number = number;
        this.usual = usual;
    }

    void put(int bit, int level) {
        if (bit >= levels.length) {
            int before = levels.length;
            int grown = Math.max(LEAST_BYTES, Integer.highestOneBit(bit) << 1);
            levels = Arrays.copyOf(levels, grown);
            Arrays.fill(levels, before, grown, (byte) usual);
        }
        levels[bit] = (byte) level;
        present[level >> 6] |= 1L << level;
    }

    int at(int bit) {
        return bit < levels.length ? levels[bit] & 0xFF : usual;
    }

    /// The first bit from `from` on that stands at a level, or [#SIZE].
    int next(int level, int from) {
        if (level != usual && (present[level >> 6] & 1L << level) == 0) {
            return SIZE;
        }
        byte wanted = (byte) level;
        for (int bit = from; bit < levels.length; bit++) {
            if (levels[bit] == wanted) {
                return bit;
            }
        }
        return level == usual ? Math.max(from, levels.length) : SIZE;
    }

    @Override
    public int kind() {
        return CellKind.LEVEL_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(number).octet(usual).blob(levels);
    }

    static LevelPage decode(HeadReader in) {
        LevelPage page = new LevelPage(in.number(), in.number(), in.octet());
        page.levels = in.blob();
        for (byte level : page.levels) {
            page.present[(level & 0xFF) >> 6] |= 1L << level;
        }
        return page;
    }
}
