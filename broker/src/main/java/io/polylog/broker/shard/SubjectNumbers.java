package io.polylog.broker.shard;

import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.Collection;
import java.util.Map.Entry;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/// The number of the subject of each message that a stream has. On the shard's thread.
final class SubjectNumbers {
    private final long stream;
    private final TreeMap<Long, SubjectNumberPage> pages = new TreeMap<>();

    SubjectNumbers(long stream) {
        this.stream = stream;
    }

    /// Hears of messages.
    @FunctionalInterface
    interface Sink {
        void message(long offset, int number);
    }

    int at(long offset) {
        SubjectNumberPage page = pages.get(offset >> SubjectNumberPage.SHIFT);
        return page == null ? 0 : page.at(place(offset));
    }

    void put(long offset, int value, Cells cells) {
        long number = offset >> SubjectNumberPage.SHIFT;
        SubjectNumberPage page = pages.get(number);
        if (page == null) {
            page = cells.born(new SubjectNumberPage(stream, number));
            pages.put(number, page);
        }
        cells.touch(page);
        page.put(place(offset), value);
    }

    /// Takes the messages from `first` to `end` (excluded) out.
    ///
    /// @param sink gets each, in order
    void remove(long first, long end, Cells cells, Sink sink) {
        long position = first;
        Entry<Long, SubjectNumberPage> entry =
                pages.ceilingEntry(position >> SubjectNumberPage.SHIFT);
        while (entry != null && base(entry.getValue()) < end) {
            SubjectNumberPage page = entry.getValue();
            cells.touch(page);
            int to = (int) Math.min(page.end(), end - base(page));
            for (int at = (int) Math.max(0, first - base(page)); at < to; at++) {
                int number = page.at(at);
                if (number != 0) {
                    page.put(at, 0);
                    sink.message(base(page) + at, number);
                }
            }
            if (page.isEmpty()) {
                pages.remove(page.number);
            }
            entry = pages.higherEntry(page.number);
        }
    }

    /// The first message from `from` on, below `end`, whose number is wanted; or -1.
    long next(long from, long end, IntPredicate wanted) {
        Entry<Long, SubjectNumberPage> entry = pages.ceilingEntry(from >> SubjectNumberPage.SHIFT);
        while (entry != null && base(entry.getValue()) < end) {
            SubjectNumberPage page = entry.getValue();
            int to = (int) Math.min(page.end(), end - base(page));
            for (int at = (int) Math.max(0, from - base(page)); at < to; at++) {
                int number = page.at(at);
                if (number != 0 && wanted.test(number)) {
                    return base(page) + at;
                }
            }
            entry = pages.higherEntry(page.number);
        }
        return -1;
    }

    /// How many messages from `from` on, below `end`, have a number that is wanted.
    long count(long from, long end, IntPredicate wanted) {
        long count = 0;
        Entry<Long, SubjectNumberPage> entry = pages.ceilingEntry(from >> SubjectNumberPage.SHIFT);
        while (entry != null && base(entry.getValue()) < end) {
            SubjectNumberPage page = entry.getValue();
            int to = (int) Math.min(page.end(), end - base(page));
            for (int at = (int) Math.max(0, from - base(page)); at < to; at++) {
                int number = page.at(at);
                count += number != 0 && wanted.test(number) ? 1 : 0;
            }
            entry = pages.higherEntry(page.number);
        }
        return count;
    }

    /// The last message below `end`, from `from` on, whose number is wanted; or -1.
    long previous(long from, long end, IntPredicate wanted) {
        Entry<Long, SubjectNumberPage> entry =
                pages.floorEntry((end - 1) >> SubjectNumberPage.SHIFT);
        while (entry != null && base(entry.getValue()) + SubjectNumberPage.SIZE > from) {
            SubjectNumberPage page = entry.getValue();
            int first = (int) Math.max(0, from - base(page));
            for (int at = (int) Math.min(page.end(), end - base(page)) - 1; at >= first; at--) {
                int number = page.at(at);
                if (number != 0 && wanted.test(number)) {
                    return base(page) + at;
                }
            }
            entry = pages.lowerEntry(page.number);
        }
        return -1;
    }

    /// Whether a page has no message.
    boolean isEmpty(long page) {
        return !pages.containsKey(page);
    }

    private static long base(SubjectNumberPage page) {
        return page.number << SubjectNumberPage.SHIFT;
    }

    private static int place(long offset) {
        return (int) (offset & SubjectNumberPage.SIZE - 1);
    }

    void restore(SubjectNumberPage page) {
        pages.put(page.number, page);
    }

    Collection<? extends Cell> cells() {
        return pages.values();
    }
}
