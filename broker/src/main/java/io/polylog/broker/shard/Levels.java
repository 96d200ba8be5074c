package io.polylog.broker.shard;

import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// At which level of priority the messages of a stream stand: a byte each, in pages that exist only
/// where some message stands at another level than the usual one. On the shard's thread.
final class Levels {
    private final long stream;
    private final int usual;
    private final TreeMap<Long, LevelPage> pages = new TreeMap<>();

    /// The page that was looked at last: most look at one many times in a row.
    private @Nullable LevelPage last;

    /// @param usual the level of a message that does not say one
    Levels(long stream, int usual) {
        this.stream = stream;
        this.usual = usual;
    }

    /// Whether all messages stand at the usual level.
    boolean isEmpty() {
        return pages.isEmpty();
    }

    void put(long offset, int level, Cells cells) {
        if (level == usual) {
            return;
        }
        long number = offset >> LevelPage.SHIFT;
        LevelPage page = page(number);
        if (page == null) {
            page = cells.born(new LevelPage(stream, number, usual));
            pages.put(number, page);
        }
        cells.touch(page);
        page.put(bit(offset), level);
    }

    private @Nullable LevelPage page(long number) {
        LevelPage page = last;
        if (page == null || page.number != number) {
            page = pages.get(number);
            last = page;
        }
        return page;
    }

    int at(long offset) {
        LevelPage page = page(offset >> LevelPage.SHIFT);
        return page == null ? usual : page.at(bit(offset));
    }

    /// The first offset from `from` on, below `end`, that stands at a level; -1 for none.
    long next(int level, long from, long end) {
        long position = from;
        while (position < end) {
            long number = position >> LevelPage.SHIFT;
            LevelPage page = page(number);
            if (page == null && level == usual) {
                return position;
            }
            if (page != null) {
                int bit = page.next(level, bit(position));
                if (bit < LevelPage.SIZE) {
                    long found = (number << LevelPage.SHIFT) + bit;
                    return found < end ? found : -1;
                }
            }
            position = level == usual ? (number + 1) << LevelPage.SHIFT : behind(number);
        }
        return -1;
    }

    /// Where the next page begins that exists.
    private long behind(long number) {
        Long next = pages.higherKey(number);
        return next == null ? Long.MAX_VALUE : next << LevelPage.SHIFT;
    }

    /// One past the last of those that follow `from`, below `end`, and stand at its level.
    long endOfRun(long from, long end) {
        int level = at(from);
        long position = from + 1;
        while (position < end) {
            LevelPage page = page(position >> LevelPage.SHIFT);
            if (page != null && page.at(bit(position)) != level) {
                return position;
            }
            if (page == null && level != usual) {
                return position;
            }
            position = page == null ? endOfPage(position) : position + 1;
        }
        return Math.min(position, end);
    }

    private static long endOfPage(long position) {
        return ((position >> LevelPage.SHIFT) + 1) << LevelPage.SHIFT;
    }

    /// Everything below an offset has gone.
    void forgetBelow(long floor, Cells cells) {
        Map<Long, LevelPage> gone = pages.headMap(floor >> LevelPage.SHIFT);
        gone.values().forEach(cells::touch);
        gone.clear();
        last = null;
    }

    void restore(LevelPage page) {
        pages.put(page.number, page);
    }

    Collection<? extends Cell> cells() {
        return pages.values();
    }

    private static int bit(long offset) {
        return (int) (offset & LevelPage.SIZE - 1);
    }

    /// Of the offsets from `start` to `end`: the level of each, as runs.
    void dump(long start, long end, StringBuilder out) {
        out.append("  levels");
        for (long from = start; from < end && !isEmpty(); ) {
            long to = endOfRun(from, end);
            out.append(' ').append(from).append('-').append(to).append('@').append(at(from));
            from = to;
        }
        out.append('\n');
    }
}
