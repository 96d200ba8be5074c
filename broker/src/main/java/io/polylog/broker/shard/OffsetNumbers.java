package io.polylog.broker.shard;

import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A number of 32 bits for each message of a stream that has one, 0 for none, in pages that exist
/// only where a message has one: a size, or the hash of a key. On the shard's thread.
final class OffsetNumbers {
    private final int kind;
    private final long stream;
    private final TreeMap<Long, NumberPage> pages = new TreeMap<>();

    /// The page that was looked at last: most look at one many times in a row.
    private @Nullable NumberPage last;

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
        NumberPage page = page(number);
        if (page == null) {
            page = cells.born(new NumberPage(kind, stream, number));
            pages.put(number, page);
        }
        cells.touch(page);
        page.put(place(offset), value);
    }

    private @Nullable NumberPage page(long number) {
        NumberPage page = last;
        if (page == null || page.number != number) {
            page = pages.get(number);
            last = page;
        }
        return page;
    }

    int at(long offset) {
        NumberPage page = page(offset >> NumberPage.SHIFT);
        return page == null ? 0 : page.at(place(offset));
    }

    /// The first offset from `from` on, below `end`, that has a number; -1 for none.
    long next(int value, long from, long end) {
        long position = from;
        while (position < end) {
            long number = position >> NumberPage.SHIFT;
            NumberPage page = page(number);
            int place = page == null ? NumberPage.SIZE : page.next(value, place(position));
            if (page == null && value == 0) {
                return position;
            }
            if (place < NumberPage.SIZE) {
                long found = (number << NumberPage.SHIFT) + place;
                return found < end ? found : -1;
            }
            position = value == 0 ? (number + 1) << NumberPage.SHIFT : behind(number);
        }
        return -1;
    }

    /// Where the next page begins that exists.
    private long behind(long number) {
        Long next = pages.higherKey(number);
        return next == null ? Long.MAX_VALUE : next << NumberPage.SHIFT;
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
        last = null;
    }

    /// The offsets of a page have gone, though older ones have not.
    void forgetPage(long number, Cells cells) {
        NumberPage gone = pages.get(number);
        if (gone != null) {
            cells.touch(gone);
            pages.remove(number);
            last = null;
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
