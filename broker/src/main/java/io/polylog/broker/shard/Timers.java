package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// When hidden messages of a shard become due. What is far away lies in buckets of 70 minutes, in
/// the order in which it came; a bucket whose time begins is divided into ones of 8 seconds, and
/// those into ones of 16 milliseconds. So each entry is moved twice at most, and takes some six
/// bytes. On the shard's thread.
final class Timers extends Cell {
    /// Widths of buckets as powers of two of a millisecond, the coarsest first.
    private static final int[] SHIFTS = {22, 13, 4};

    private static final int FINEST = SHIFTS.length - 1;
    private static final int LEVEL_BITS = 2;

    /// Nothing is pending, or nothing was told.
    private static final long NEVER = Long.MAX_VALUE;

    private final Cells cells;

    /// By first time, coarse before fine.
    private final TreeMap<Long, List<TimerPage>> buckets = new TreeMap<>();

    /// Everything due until then was given: what comes is put into buckets as wide as its distance
    /// from here allows.
    private long givenMs = -1;

    /// Volatile: when to look for what is due; not after the first is.
    private long firstMs = NEVER;

    /// Volatile: what was last told of that.
    private long toldMs = NEVER;

    /// Restored and not in place.
    private final List<TimerPage> waiting = new ArrayList<>();

    Timers(Cells cells) {
        this.cells = cells;
    }

    /// Takes what is due.
    @FunctionalInterface
    interface Sink {
        void due(long subscription, long offset);
    }

    /// The first time of a bucket.
    static long startMs(long bucket) {
        return (bucket >> LEVEL_BITS) << SHIFTS[FINEST];
    }

    private static long bucket(long dueMs, int level) {
        int shift = SHIFTS[level];
        long start = (dueMs >> shift) << (shift - SHIFTS[FINEST]);
        return (start << LEVEL_BITS) | level;
    }

    private static int level(long bucket) {
        return (int) (bucket & ((1 << LEVEL_BITS) - 1));
    }

    /// A message was hidden.
    ///
    /// @param dueMs when it is to be shown, in milliseconds since 1970
    void add(long dueMs, long subscription, long offset) {
        int level = 0;
        while (level < FINEST && dueMs >> SHIFTS[level] <= givenMs >> SHIFTS[level]) {
            level++;
        }
        put(bucket(dueMs, level), dueMs, subscription, offset);
    }

    private void put(long bucket, long dueMs, long subscription, long offset) {
        List<TimerPage> pages = buckets.computeIfAbsent(bucket, b -> new ArrayList<>(1));
        if (pages.isEmpty() || pages.getLast().full()) {
            pages.add(cells.born(new TimerPage(bucket, pages.size(), startMs(bucket))));
        } else {
            cells.touch(pages.getLast());
        }
        pages.getLast().add(dueMs, subscription, offset);
        firstMs = Math.min(firstMs, level(bucket) < FINEST ? startMs(bucket) : dueMs);
    }

    /// Gives and forgets everything that is due until `upToMs`.
    void due(long upToMs, Sink sink) {
        toldMs = NEVER;
        cells.touch(this);
        givenMs = Math.max(givenMs, upToMs);
        upTo(upToMs, sink);
        firstMs = first();
    }

    private void upTo(long upToMs, Sink sink) {
        List<long[]> later = new ArrayList<>();
        while (!buckets.isEmpty() && startMs(buckets.firstKey()) <= upToMs) {
            Map.Entry<Long, List<TimerPage>> first = buckets.firstEntry();
            long bucket = first.getKey();
            buckets.remove(bucket);
            for (TimerPage page : first.getValue()) {
                cells.touch(page);
                page.each(
                        startMs(bucket),
                        (dueMs, subscription, offset) -> {
                            if (dueMs <= upToMs) {
                                sink.due(subscription, offset);
                            } else if (level(bucket) < FINEST) {
                                put(bucket(dueMs, level(bucket) + 1), dueMs, subscription, offset);
                            } else {
                                later.add(new long[] {dueMs, subscription, offset});
                            }
                        });
            }
        }
        later.forEach(entry -> put(bucket(entry[0], FINEST), entry[0], entry[1], entry[2]));
    }

    private long first() {
        if (buckets.isEmpty()) {
            return NEVER;
        }
        long bucket = buckets.firstKey();
        if (level(bucket) < FINEST) {
            return startMs(bucket);
        }
        long[] least = {NEVER};
        for (TimerPage page : buckets.firstEntry().getValue()) {
            page.each(startMs(bucket), (dueMs, s, o) -> least[0] = Math.min(least[0], dueMs));
        }
        return least[0];
    }

    /// Tells when the first becomes due, where that is sooner than was told.
    void tell(Watch watch) {
        if (firstMs < toldMs) {
            toldMs = firstMs;
            watch.due(firstMs);
        }
    }

    /// Nobody knows when the first becomes due.
    void forgetTold() {
        toldMs = NEVER;
    }

    // State ------------------------------------------------------------------------------------

    private Collection<List<TimerPage>> all() {
        return buckets.values();
    }

    /// Bytes taken for entries.
    long capacity() {
        return all().stream().flatMap(List::stream).mapToLong(TimerPage::capacity).sum();
    }

    void cells(Collection<Cell> into) {
        if (givenMs >= 0) {
            into.add(this);
        }
        all().forEach(into::addAll);
    }

    void restore(HeadReader in) {
        givenMs = in.number();
    }

    /// Takes a page of a checkpoint back.
    void restore(TimerPage page) {
        waiting.add(page);
    }

    /// All pages are there.
    void restored() {
        waiting.sort((a, b) -> Integer.compare(a.number, b.number));
        for (TimerPage page : waiting) {
            buckets.computeIfAbsent(page.bucket, b -> new ArrayList<>(1)).add(page);
        }
        waiting.clear();
        firstMs = first();
    }

    void dump(StringBuilder out) {
        if (!buckets.isEmpty()) {
            out.append("timers after ").append(givenMs).append(':');
            buckets.forEach((bucket, pages) -> {
                for (TimerPage page : pages) {
                    page.each(
                            startMs(bucket),
                            (dueMs, subscription, offset) -> {
                                out.append(' ').append(subscription).append('/').append(offset);
                                out.append(" at ").append(dueMs);
                            });
                }
            });
            out.append('\n');
        }
    }

    @Override
    public int kind() {
        return CellKind.TIMERS;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(givenMs);
    }
}
