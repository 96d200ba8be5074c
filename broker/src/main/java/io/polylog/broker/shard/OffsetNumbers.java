package io.polylog.broker.shard;

import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/// A number of 32 bits for each message of a stream that has one, 0 for none, in pages that exist
/// only where a message has one: a size, or the hash of a key. On the shard's thread.
final class OffsetNumbers {
    private final int kind;
    private final long stream;
    private final TreeMap<Long, NumberPage> pages = new TreeMap<>();

    /// @param kind of the pages' cells
    OffsetNumbers(int kind, long stream) {
        this.kind = kind;
        this.stream = stream;
    }

    /// Whether none is noted.
    boolean isEmpty() {
        return pages.isEmpty();
    }

    void put(long offset, int value, Cells cells) {
        long number = offset >> NumberPage.SHIFT;
        NumberPage page = pages.get(number);
        if (page == null) {
            page = cells.born(new NumberPage(kind, stream, number));
            pages.put(number, page);
        }
        cells.touch(page);
        page.put(place(offset), value);
    }

    int at(long offset) {
        NumberPage page = pages.get(offset >> NumberPage.SHIFT);
        return page == null ? 0 : page.at(place(offset));
    }

    /// Of the offsets from `from` to `end` (excluded).
    long sum(long from, long end) {
        long sum = 0;
        for (long offset = from; offset < end; offset++) {
            sum += at(offset);
        }
        return sum;
    }

    /// Everything below an offset has gone.
    void forgetBelow(long floor, Cells cells) {
        Map<Long, NumberPage> gone = pages.headMap(floor >> NumberPage.SHIFT);
        gone.values().forEach(cells::touch);
        gone.clear();
    }

    /// The offsets of a page have gone, though older ones have not.
    void forgetPage(long number, Cells cells) {
        NumberPage gone = pages.get(number);
        if (gone != null) {
            cells.touch(gone);
            pages.remove(number);
        }
    }

    void restore(NumberPage page) {
        pages.put(page.number, page);
    }

    Collection<? extends Cell> cells() {
        return pages.values();
    }

    void dump(String what, long start, long end, StringBuilder out) {
        out.append("  ").append(what);
        for (long offset = start; offset < end; offset++) {
            if (at(offset) != 0) {
                out.append(' ').append(offset).append('=').append(at(offset));
            }
        }
        out.append('\n');
    }

    private static int place(long offset) {
        return (int) (offset & NumberPage.SIZE - 1);
    }
}
