package io.polylog.broker.shard;

import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/// How large the messages of a stream are, where bytes are limited. On the shard's thread.
final class Sizes {
    private final long stream;

    /// Payload bytes of what is not settled.
    long held;

    private final TreeMap<Long, SizePage> pages = new TreeMap<>();

    Sizes(long stream) {
        this.stream = stream;
    }

    void put(long offset, int bytes, Cells cells) {
        long number = offset >> SizePage.SHIFT;
        SizePage page = pages.get(number);
        if (page == null) {
            page = cells.born(new SizePage(stream, number));
            pages.put(number, page);
        }
        cells.touch(page);
        page.put(bit(offset), bytes);
    }

    /// Bytes of the offsets from `from` to `end` (excluded).
    long sum(long from, long end) {
        long sum = 0;
        for (long offset = from; offset < end; offset++) {
            sum += at(offset);
        }
        return sum;
    }

    int at(long offset) {
        SizePage page = pages.get(offset >> SizePage.SHIFT);
        return page == null ? 0 : page.at(bit(offset));
    }

    /// Everything below an offset has gone.
    void forgetBelow(long floor, Cells cells) {
        Map<Long, SizePage> gone = pages.headMap(floor >> SizePage.SHIFT);
        gone.values().forEach(cells::touch);
        gone.clear();
    }

    void restore(SizePage page) {
        pages.put(page.number, page);
    }

    Collection<? extends Cell> cells() {
        return pages.values();
    }

    private static int bit(long offset) {
        return (int) (offset & SizePage.SIZE - 1);
    }
}
